import { type StreamState } from './stream-state.js';

interface Entry {
  readonly streamState: StreamState<unknown>;
  readonly weight: number;
}

/**
 * The states of the streams that this process touched last. They may be behind the log: an append from a stale one
 * conflicts and is decided again from the log, so nothing is ever acknowledged from here alone.
 *
 * Two generations: what is touched moves to the young one, and when that holds half of what there is room for, it becomes
 * the old one and the old one is forgotten. That costs a look-up less than keeping everything in the order of its use.
 */
export class StreamStateCache {
  #young = new Map<string, Entry>();
  #old = new Map<string, Entry>();
  #youngWeight = 0;

  constructor(private readonly maxWeight: number) {}

  get(stream: string): StreamState<unknown> | undefined {
    const young = this.#young.get(stream);
    if (young !== undefined) return young.streamState;
    const old = this.#old.get(stream);
    if (old === undefined) return undefined;
    this.#add(stream, old);
    return old.streamState;
  }

  keep(stream: string, streamState: StreamState<unknown>, weight: number): void {
    const before = this.#young.get(stream) ?? this.#old.get(stream);
    if (before !== undefined && (before.streamState.revision ?? -1) > (streamState.revision ?? -1)) return;
    this.#add(stream, { streamState, weight });
  }

  drop(stream: string): void {
    this.#youngWeight -= this.#young.get(stream)?.weight ?? 0;
    this.#young.delete(stream);
    this.#old.delete(stream);
  }

  #add(stream: string, entry: Entry): void {
    this.#youngWeight += entry.weight - (this.#young.get(stream)?.weight ?? 0);
    this.#young.set(stream, entry);
    if (this.#youngWeight <= this.maxWeight / 2) return;
    this.#old = this.#young;
    this.#young = new Map();
    this.#youngWeight = 0;
  }
}
