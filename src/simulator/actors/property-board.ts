/** What belongs to a client, by the name that a path has for it: an id, or the name of a queue. */
export interface Property {
  readonly client: string;
  readonly job: string;
  readonly lease: string;
  readonly schedule: string;
  readonly webhook: string;
  readonly delivery: string;
  readonly queue: string;
}

/** The newest of each sort that each client has, for those who try to reach what belongs to others. */
export class PropertyBoard {
  readonly #newest = new Map<number, Partial<Property>>();

  post(clientIndex: number, property: Partial<Property>): void {
    this.#newest.set(clientIndex, { ...this.of(clientIndex), ...property });
  }

  of(clientIndex: number): Partial<Property> {
    return this.#newest.get(clientIndex) ?? {};
  }

  /** That of each client but one. */
  foreignTo(clientIndex: number): readonly Partial<Property>[] {
    return [...this.#newest].flatMap(([owner, property]) => (owner === clientIndex ? [] : [property]));
  }
}
