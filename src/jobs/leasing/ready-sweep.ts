import type pg from 'pg';
import { type Streams } from '../../engine/commands/streams.js';
import { type Recorded } from '../../kernel/recorded.js';
import { type JobEvent, type JobQueued } from '../domain/job.events.js';
import { type Job, type Queued } from '../domain/job.state.js';
import { type ReadyJob } from '../../dispatch/ready-jobs.js';
import { addRow, dropRow, type SuspectRow } from '../../dispatch/ready-rows.sql.js';
import { lookForDoubts, maxDoubted } from './ready-doubts.js';
import { keepPlace, takeTurn } from './sweep-turns.sql.js';
import { jobStream } from '../domain/job.stream.js';
import { streamOf } from '../../kernel/stream-definition.js';
import { asError } from '../../platform/async/as-error.js';
import { backoffMs } from '../../platform/async/backoff.js';
import { Signal } from '../../platform/async/signal.js';

export interface ReadySweepReports {
  /** `missing`: a QUEUED job had no row. `stale`: a row's job was elsewhere. */
  mended(jobId: string, fault: 'missing' | 'stale'): void;
  failed(error: Error): void;
}

interface ReadySweepParts {
  readonly pool: pg.Pool;
  readonly streams: Streams;
  readonly reports: ReadySweepReports;
  readonly everyMs?: number;
  /** Younger jobs are still on their way through the read models. */
  readonly minAgeMs?: number;
}

const defaultEveryMs = 10_000;
const defaultMinAgeMs = 5_000;
interface Read {
  readonly events: readonly Recorded<JobEvent>[];
  readonly job: Job;
}

/**
 * Holds the table of ready jobs to the streams: a QUEUED job without a row could never be leased, and a row whose job is
 * elsewhere only wastes claims. The read models say where to look, the streams what is true. Nodes take turns.
 */
export class ReadySweep {
  readonly #signal = new Signal();
  readonly #everyMs: number;
  readonly #minAgeMs: number;
  #running: Promise<void> | null = null;
  #isStopping = false;

  constructor(private readonly parts: ReadySweepParts) {
    this.#everyMs = parts.everyMs ?? defaultEveryMs;
    this.#minAgeMs = parts.minAgeMs ?? defaultMinAgeMs;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#signal.notify();
    await this.#running;
  }

  /** How many rows it mended; null: it is not this node's turn. */
  async pass(): Promise<number | null> {
    const { pool } = this.parts;
    const place = await takeTurn(pool, this.#everyMs);
    if (place === null) return null;
    const doubted = await lookForDoubts(pool, place, this.#minAgeMs);
    const mended = (await this.#dropStale(doubted.rows)) + (await this.#addMissing(doubted.jobs));
    await keepPlace(pool, doubted.place);
    return mended;
  }

  async #run(): Promise<void> {
    let failures = 0;
    while (!this.#isStopping) {
      try {
        await this.pass();
        failures = 0;
      } catch (error) {
        failures += 1;
        this.parts.reports.failed(asError(error));
      }
      // Often enough that a turn is taken soon after it comes, and not by all nodes at once.
      const restMs = (this.#everyMs / 2) * (0.75 + Math.random() / 2);
      await this.#signal.sleep(failures === 0 ? restMs : restMs + backoffMs(failures, 1_000, 20_000));
    }
  }

  async #dropStale(rows: readonly SuspectRow[]): Promise<number> {
    let mended = 0;
    const streams = await this.#streamsOf(rows.map(({ jobId }) => jobId));
    for (const [place, row] of rows.entries()) {
      const read = streams[place] ?? null;
      if (read === null || read.job.state === 'QUEUED') continue;
      const left = read.events.find(({ position }) => position > BigInt(row.position));
      if (!(await dropRow(this.parts.pool, row, left?.position.toString() ?? null))) continue;
      this.parts.reports.mended(row.jobId, 'stale');
      mended += 1;
    }
    return mended;
  }

  async #addMissing(jobIds: readonly string[]): Promise<number> {
    let mended = 0;
    for (const read of await this.#streamsOf(jobIds)) {
      if (read?.job.state !== 'QUEUED') continue;
      const { job, events } = read;
      const queued = events.findLast((each): each is Recorded<JobQueued> => each.event.type === 'JobQueued');
      if (queued === undefined) continue;
      if (!(await addRow(this.parts.pool, readyRowOf(job, queued)))) continue;
      this.parts.reports.mended(job.definition.jobId, 'missing');
      mended += 1;
    }
    return mended;
  }

  /** What the log says of each; null where that cannot be read, which is not to keep the others from being mended. */
  async #streamsOf(jobIds: readonly string[]): Promise<readonly (Read | null)[]> {
    const asked = jobIds.slice(0, maxDoubted).map((id) => streamOf(jobStream, id));
    if (asked.length === 0) return [];
    try {
      return (await this.parts.streams.readMany(jobStream, asked)).map(readFrom);
    } catch (error) {
      if (asked.length > 1) return (await Promise.all(jobIds.map((jobId) => this.#streamsOf([jobId])))).flat();
      this.parts.reports.failed(asError(error));
      return [null];
    }
  }
}

const readFrom = (events: readonly Recorded<JobEvent>[]): Read => ({
  events,
  job: events.reduce((job, { event }) => jobStream.decider.evolve(job, event), jobStream.decider.initialState),
});

const readyRowOf = (job: Queued, { event: { data }, position }: Recorded<JobQueued>): ReadyJob => ({
  jobId: data.jobId,
  clientId: data.clientId,
  queue: data.queue,
  workKind: data.workKind,
  priority: data.priority,
  position: position.toString(),
  attempt: job.attempts.number,
});
