/** Part of a list as the wire shows it. */
export interface Page<Item> {
  readonly items: readonly Item[];
  /** Hand it in as `cursor` for what follows; null at the end. */
  readonly next_cursor: string | null;
}
