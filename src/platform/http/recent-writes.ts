import { type Position } from '../../kernel/recorded.js';

const maxKept = 10_000;

/** How far each client has written through this node, so that it sees its own writes here without saying so. */
export class RecentWrites {
  readonly #positions = new Map<string, Position>();

  note(clientId: string, position: Position): void {
    const before = this.#positions.get(clientId);
    if (before !== undefined && before >= position) return;
    this.#positions.delete(clientId);
    this.#positions.set(clientId, position);
    if (this.#positions.size <= maxKept) return;
    const oldest = this.#positions.keys().next();
    if (oldest.done !== true) this.#positions.delete(oldest.value);
  }

  of(clientId: string): Position | null {
    return this.#positions.get(clientId) ?? null;
  }
}
