import type pg from 'pg';
import {
  clientsWithQueuedJobs,
  jobsInDoubt,
  lacksRows,
  rowsInDoubt,
  type SuspectRow,
} from '../../dispatch/ready-rows.sql.js';
import { type SweepPlace } from './sweep-turns.sql.js';

/** Rows that one statement looks at. */
const perStep = 2_000;
/** How long one pass walks through each table, so that a million jobs cost a pass no more than some thousands. */
const walkMs = 500;
/** Streams that one pass reads. */
export const maxDoubted = 500;

interface Missing {
  readonly jobs: string[];
  readonly jobsOf: string | null;
  readonly jobsBefore: string | null;
}

/** What the read models make doubtful. */
interface Doubted {
  readonly rows: SuspectRow[];
  readonly jobs: string[];
  readonly place: SweepPlace;
}

/** Compares the tables from a place on, for a bounded time: where rows may be wrong or missing, and how far that came. */
export async function lookForDoubts(pool: pg.Pool, place: SweepPlace, minAgeMs: number): Promise<Doubted> {
  const rows: SuspectRow[] = [];
  let { rowsAfter } = place;
  for (const isOver = deadline(); !isOver() && rows.length < maxDoubted;) {
    const step = await rowsInDoubt(pool, rowsAfter, perStep);
    rows.push(...step.found);
    rowsAfter = step.next;
    if (rowsAfter === null) break;
  }
  const { jobs, jobsOf, jobsBefore } = await lookForMissing(pool, place, minAgeMs);
  return { rows, jobs, place: { rowsAfter, jobsOf, jobsBefore } };
}

/** The newest jobs of each client that lacks rows, and then older ones from where the last pass came to. */
async function lookForMissing(pool: pg.Pool, { jobsOf, jobsBefore }: SweepPlace, minAgeMs: number): Promise<Missing> {
  const jobs = new Set<string>();
  const step = async (client: string, before: string | null): Promise<string | null> => {
    const { found, next } = await jobsInDoubt(pool, client, before, perStep, minAgeMs);
    for (const jobId of found) jobs.add(jobId);
    return next;
  };
  const lacking = await lookAtNewest(pool, step);
  const isOver = deadline();
  const clients = [...lacking.keys()].sort();
  if (jobsOf !== null && !lacking.has(jobsOf)) clients.unshift(jobsOf);
  const from = jobsOf === null ? 0 : clients.findIndex((client) => client >= jobsOf);
  for (const client of from < 0 ? [] : clients.slice(from)) {
    let before = client === jobsOf ? jobsBefore : (lacking.get(client) ?? null);
    while (before !== null) {
      if (isOver() || jobs.size >= maxDoubted) return { jobs: [...jobs], jobsOf: client, jobsBefore: before };
      before = await step(client, before);
    }
  }
  return { jobs: [...jobs], jobsOf: null, jobsBefore: null };
}

/** Of each client that lacks rows, where its newest jobs end. Begins with another client each time. */
async function lookAtNewest(
  pool: pg.Pool,
  step: (client: string, before: string | null) => Promise<string | null>,
): Promise<ReadonlyMap<string, string | null>> {
  const isOver = deadline();
  const clients = await clientsWithQueuedJobs(pool);
  const first = Math.floor(Math.random() * clients.length);
  const lacking = new Map<string, string | null>();
  for (const client of [...clients.slice(first), ...clients.slice(0, first)]) {
    if (isOver()) break;
    if (await lacksRows(pool, client)) lacking.set(client, await step(client, null));
  }
  return lacking;
}

function deadline(): () => boolean {
  const began = performance.now();
  return () => performance.now() - began > walkMs;
}
