import { LineFile } from './line-file.js';
import { type SimulationRecord } from './records.js';

/** Writes down everything that the actors sent, were answered and saw, a line of JSON each. Of it only counts stay in memory. */
export class Recorder {
  readonly #lines: LineFile;
  readonly #counts = new Map<string, number>();

  constructor(readonly file: string) {
    this.#lines = new LineFile(file);
  }

  add(record: SimulationRecord): void {
    this.#counts.set(record.kind, this.count(record.kind) + 1);
    this.#lines.add(record);
  }

  count(kind: SimulationRecord['kind']): number {
    return this.#counts.get(kind) ?? 0;
  }

  /** Resolves once there is room for more. */
  room(): Promise<void> {
    return this.#lines.room();
  }

  /** Resolves once everything that was added is in the file. */
  flushed(): Promise<void> {
    return this.#lines.flushed();
  }

  close(): Promise<void> {
    return this.#lines.close();
  }
}
