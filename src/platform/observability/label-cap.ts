/** Keeps the values of a label from growing without end: the first so many stand for themselves, the rest are `other`. */
export class LabelCap {
  private readonly known: Set<string>;

  /** `always` are known from the start and not counted. */
  constructor(
    private most: number,
    always: readonly string[] = [],
  ) {
    this.known = new Set(always);
    this.most += this.known.size;
  }

  of(value: string): string {
    if (this.known.has(value)) return value;
    if (this.known.size >= this.most) return 'other';
    this.known.add(value);
    return value;
  }
}
