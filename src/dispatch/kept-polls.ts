import { isBuiltInKind } from '../kernel/work-kinds.js';
import { engineItself } from './lease-filter.js';
import { type QueueKind } from './polled-queue-kinds.js';

/** What some workers of a client ask for; null means any. */
export interface Poll {
  readonly clientId: string;
  readonly queues: readonly string[] | null;
  readonly workKinds: readonly string[] | null;
  /** The two lists as text, by which the same poll is known again. */
  readonly key: string;
  waiting: number;
  lastAt: number;
  /** Up to when the table knows that it was asked. */
  writtenAt: number;
}

type AskedPoll = Pick<Poll, 'clientId' | 'queues' | 'workKinds' | 'key'> & Partial<Poll>;

const maxPollsPerClient = 1_000;
const maxCharactersPerClient = 1024 * 1024;

/** Whose polls count for jobs of a kind: built-in ones are given to the engine's own workers alone. */
const askerFor = ({ clientId, workKind }: QueueKind): string => (isBuiltInKind(workKind) ? engineItself : clientId);

/** The polls of one node, in memory: the newest of each client, and no more than fit its bounds. */
export class KeptPolls {
  /** By client, then by key, the one that was asked last at the end. */
  readonly #polls = new Map<string, Map<string, Poll>>();
  readonly #characters = new Map<string, number>();

  constructor(private readonly monotonicNow: () => number) {}

  all(): readonly Poll[] {
    return [...this.#polls.values()].flatMap((own) => [...own.values()]);
  }

  lastAskAt({ waiting, lastAt }: Poll): number {
    return waiting > 0 ? this.monotonicNow() : lastAt;
  }

  isAskedForSince(oldest: number, queueKind: QueueKind): boolean {
    const own = this.#polls.get(askerFor(queueKind))?.values() ?? [];
    return [...own].some(
      (poll) =>
        this.lastAskAt(poll) >= oldest &&
        (poll.queues?.includes(queueKind.queue) ?? true) &&
        (poll.workKinds?.includes(queueKind.workKind) ?? true),
    );
  }

  /** The poll, asked now and the youngest of its client. */
  touch(asked: AskedPoll): Poll {
    const own = this.#polls.get(asked.clientId) ?? new Map<string, Poll>();
    const lastAt = this.monotonicNow();
    const poll = own.get(asked.key) ?? ('waiting' in asked ? (asked as Poll) : blank(asked));
    if (own.delete(poll.key)) own.set(poll.key, poll);
    else this.#add(own, poll);
    poll.lastAt = lastAt;
    return poll;
  }

  forgetOlderThan(oldest: number): void {
    for (const poll of this.all()) if (this.lastAskAt(poll) < oldest) this.#forget(poll);
  }

  #add(own: Map<string, Poll>, poll: Poll): void {
    const { clientId, key } = poll;
    this.#polls.set(clientId, own);
    own.set(key, poll);
    this.#characters.set(clientId, (this.#characters.get(clientId) ?? 0) + key.length);
    for (const oldest of own.values()) {
      const isTooMuch = (this.#characters.get(clientId) ?? 0) > maxCharactersPerClient;
      if (oldest === poll || (own.size <= maxPollsPerClient && !isTooMuch)) return;
      this.#forget(oldest);
    }
  }

  #forget({ clientId, key }: Poll): void {
    const own = this.#polls.get(clientId);
    if (own?.delete(key) !== true) return;
    this.#characters.set(clientId, (this.#characters.get(clientId) ?? 0) - key.length);
    if (own.size > 0) return;
    this.#polls.delete(clientId);
    this.#characters.delete(clientId);
  }
}

const blank = ({ clientId, queues, workKinds, key }: AskedPoll): Poll => ({
  clientId,
  queues,
  workKinds,
  key,
  waiting: 0,
  lastAt: Number.NEGATIVE_INFINITY,
  writtenAt: Number.NEGATIVE_INFINITY,
});
