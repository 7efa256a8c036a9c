import { createHash } from 'node:crypto';
import type pg from 'pg';
import { isBuiltInKind } from '../../kernel/work-kinds.js';
import { after, every, type Timer } from '../../platform/clock/timer.js';
import type { LeaseRequest } from './lease-request.js';
import { engineItself } from './leases.js';
import { type Lane, polledAmong, pollWindowMs } from './polled-lanes.js';

/** What some workers of a client ask for; null means any. */
interface Poll {
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

const renewEveryMs = 10_000;
/** New polls of one moment are written together. */
const gatherMs = 100;
/** A poll that was written so lately is left to the next renewal. */
const freshMs = 5_000;
const rowsPerStatement = 200;
const maxPollsPerClient = 1_000;
const maxCharactersPerClient = 1024 * 1024;
const maxWorkers = 10_000;
const keptForMs = 120_000;

/** Whose polls count for jobs of a kind: built-in ones are given to the engine's own workers alone. */
const askerFor = ({ clientId, workKind }: Lane): string => (isBuiltInKind(workKind) ? engineItself : clientId);

/**
 * What workers have asked for lately. Each node keeps its own polls in memory and tells all nodes by a table: a poll that
 * is new within a moment, one that goes on every few seconds.
 */
export class RecentPolls {
  /** By client, then by key, the one that was asked last at the end. */
  private readonly polls = new Map<string, Map<string, Poll>>();
  private readonly characters = new Map<string, number>();
  /** What each worker asked for last: while it works on what it got, it asks for nothing and is there all the same. */
  private readonly ofWorkers = new Map<string, Poll>();
  private renewal: Timer | null = null;
  private gathering: Timer | null = null;
  private flushing: Promise<void> | null = null;
  private hasFailed = false;

  constructor(
    private readonly pool: pg.Pool,
    /** Told once until it works again. */
    private readonly onFailed: (cause: unknown) => void,
    private readonly monotonicNow: () => number = () => performance.now(),
  ) {}

  start(): void {
    this.renewal ??= every(renewEveryMs, () => {
      void this.renew();
    }).unref();
  }

  async stop(): Promise<void> {
    this.renewal?.cancel();
    this.gathering?.cancel();
    await this.flushing;
  }

  /** A request has come that may wait. Answers with what ends the waiting. */
  waits({ workerId, filter }: Pick<LeaseRequest, 'workerId' | 'filter'>): () => void {
    const clientId = filter.clientId ?? engineItself;
    const { queues, workKinds } = filter;
    const poll = this.touch({ clientId, queues, workKinds, key: JSON.stringify([queues, workKinds]) });
    poll.waiting += 1;
    this.remember(workerKey(clientId, workerId), poll);
    if (poll.lastAt - poll.writtenAt > freshMs) this.gather();
    return () => {
      poll.waiting -= 1;
      this.touch(poll);
    };
  }

  /** A worker speaks of a job that it runs: what it asked for last it will ask for again. */
  saw(workerId: string, clientId: string): void {
    for (const each of [clientId, engineItself]) {
      const poll = this.ofWorkers.get(workerKey(each, workerId));
      if (poll !== undefined) this.touch(poll);
    }
  }

  /** Whether it was asked for on any node within the window. */
  async isAskedFor({ clientId, queue, workKind }: Lane): Promise<boolean> {
    if (this.isAskedForHere({ clientId, queue, workKind })) return true;
    return (await polledAmong(this.pool, [{ clientId, queue, workKind }])).has(0);
  }

  /** Writes what the table does not know yet. False where it could not. */
  async flush(): Promise<boolean> {
    this.gathering?.cancel();
    this.gathering = null;
    while (this.flushing !== null) await this.flushing;
    let isWritten = false;
    this.flushing = this.write()
      .then(() => {
        isWritten = true;
        this.hasFailed = false;
      })
      .catch((cause: unknown) => {
        if (!this.hasFailed) this.onFailed(cause);
        this.hasFailed = true;
      })
      .finally(() => {
        this.flushing = null;
      });
    await this.flushing;
    return isWritten;
  }

  private gather(): void {
    this.gathering ??= after(gatherMs, () => void this.flush()).unref();
  }

  private async renew(): Promise<void> {
    const oldest = this.monotonicNow() - pollWindowMs;
    for (const own of this.polls.values())
      for (const poll of own.values()) if (this.lastAskAt(poll) < oldest) this.forget(poll);
    await this.flush();
  }

  private isAskedForHere({ clientId, queue, workKind }: Lane): boolean {
    const oldest = this.monotonicNow() - pollWindowMs;
    const own = this.polls.get(askerFor({ clientId, queue, workKind }))?.values() ?? [];
    return [...own].some(
      (poll) =>
        this.lastAskAt(poll) >= oldest &&
        (poll.queues?.includes(queue) ?? true) &&
        (poll.workKinds?.includes(workKind) ?? true),
    );
  }

  private lastAskAt({ waiting, lastAt }: Poll): number {
    return waiting > 0 ? this.monotonicNow() : lastAt;
  }

  /** The poll, asked now and the youngest of its client. */
  private touch(asked: Pick<Poll, 'clientId' | 'queues' | 'workKinds' | 'key'> & Partial<Poll>): Poll {
    const own = this.polls.get(asked.clientId) ?? new Map<string, Poll>();
    const lastAt = this.monotonicNow();
    const poll = own.get(asked.key) ?? ('waiting' in asked ? (asked as Poll) : blank(asked));
    if (own.delete(poll.key)) own.set(poll.key, poll);
    else this.add(own, poll);
    poll.lastAt = lastAt;
    return poll;
  }

  private add(own: Map<string, Poll>, poll: Poll): void {
    const { clientId, key } = poll;
    this.polls.set(clientId, own);
    own.set(key, poll);
    this.characters.set(clientId, (this.characters.get(clientId) ?? 0) + key.length);
    for (const oldest of own.values()) {
      const isTooMuch = (this.characters.get(clientId) ?? 0) > maxCharactersPerClient;
      if (oldest === poll || (own.size <= maxPollsPerClient && !isTooMuch)) return;
      this.forget(oldest);
    }
  }

  private forget({ clientId, key }: Poll): void {
    const own = this.polls.get(clientId);
    if (own?.delete(key) !== true) return;
    this.characters.set(clientId, (this.characters.get(clientId) ?? 0) - key.length);
    if (own.size > 0) return;
    this.polls.delete(clientId);
    this.characters.delete(clientId);
  }

  private remember(worker: string, poll: Poll): void {
    // Put back as the youngest, so that the oldest is always the first.
    this.ofWorkers.delete(worker);
    this.ofWorkers.set(worker, poll);
    const oldest = this.ofWorkers.keys().next();
    if (this.ofWorkers.size > maxWorkers && oldest.done !== true) this.ofWorkers.delete(oldest.value);
  }

  private async write(): Promise<void> {
    const due = [...this.polls.values()]
      .flatMap((own) => [...own.values()])
      .map((poll) => ({ poll, filter: filterId(poll.key), askedAt: this.lastAskAt(poll) }))
      .filter(({ poll, askedAt }) => askedAt - poll.writtenAt > freshMs)
      // All nodes in one order, so that none waits for a row of one that waits for its own.
      .sort((one, other) => (one.poll.clientId + one.filter < other.poll.clientId + other.filter ? -1 : 1));
    for (let place = 0; place < due.length; place += rowsPerStatement) {
      const rows = due.slice(place, place + rowsPerStatement);
      const now = this.monotonicNow();
      await this.pool.query({
        name: 'write-recent-polls',
        text: `
          with old as (
            delete from forgerun_engine.recent_polls where (client_id, filter) in (
              select client_id, filter from forgerun_engine.recent_polls
              where abs(extract(epoch from clock_timestamp() - asked_at)) * 1000 > ${keptForMs}
                and filter <> all ($2::uuid[])
              for update skip locked
            )
          )
          insert into forgerun_engine.recent_polls (client_id, filter, queues, work_kinds, asked_at)
          select client_id, filter, queues::jsonb, work_kinds::jsonb, clock_timestamp() - age_ms * interval '1 millisecond'
          from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::float8[])
            as given (client_id, filter, queues, work_kinds, age_ms)
          on conflict (client_id, filter) do update set asked_at = excluded.asked_at`,
        values: [
          rows.map(({ poll }) => poll.clientId),
          rows.map(({ filter }) => filter),
          rows.map(({ poll }) => jsonOf(poll.queues)),
          rows.map(({ poll }) => jsonOf(poll.workKinds)),
          rows.map(({ askedAt }) => now - askedAt),
        ],
      });
      for (const { poll, askedAt } of rows) poll.writtenAt = askedAt;
    }
  }
}

const blank = ({
  clientId,
  queues,
  workKinds,
  key,
}: Pick<Poll, 'clientId' | 'queues' | 'workKinds' | 'key'>): Poll => ({
  clientId,
  queues,
  workKinds,
  key,
  waiting: 0,
  lastAt: Number.NEGATIVE_INFINITY,
  writtenAt: Number.NEGATIVE_INFINITY,
});

const workerKey = (clientId: string, workerId: string): string => `${clientId} ${workerId}`;
const jsonOf = (names: readonly string[] | null): string | null => (names === null ? null : JSON.stringify(names));
const filterId = (key: string): string => createHash('sha256').update(key).digest('hex').slice(0, 32);
