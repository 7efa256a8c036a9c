/** The newest job of each client, for those who try to reach the jobs of others. */
export class JobBoard {
  readonly #newest = new Map<number, string>();

  post(clientIndex: number, jobId: string): void {
    this.#newest.set(clientIndex, jobId);
  }

  /** Jobs of all clients but one. */
  foreignTo(clientIndex: number): readonly string[] {
    return [...this.#newest].flatMap(([owner, jobId]) => (owner === clientIndex ? [] : [jobId]));
  }
}
