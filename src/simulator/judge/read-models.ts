import { ForgeRunError } from '../../sdk/forge-run-error.js';
import { type ReportedAttempt } from '../../sdk/model.js';
import { type Tenant } from '../target/tenants.js';
import { type ListedJob, type ListedQueue, type ShownAttempt, type ShownReport } from './history.js';

/** Small enough for a short run to need several. */
const pageSize = 50;
const maxReports = 25;
const longestReports = 5;

/** What the lists and reports of a client show. */
interface ReadModels {
  readonly listed: readonly ListedJob[];
  /** Of some jobs, spread over all of them: each one is a call. */
  readonly reports: readonly ShownReport[];
  readonly queues: readonly ListedQueue[];
}

export async function readModelsOf({ reader: { client } }: Tenant): Promise<ReadModels> {
  const listed: ListedJob[] = [];
  for await (const { jobId, state, outcome, revision } of client.jobs.list({ limit: pageSize }))
    listed.push({ jobId, state, outcome, revision });
  const ended = listed.filter(({ outcome }) => outcome !== null);
  const reports: ShownReport[] = [];
  for (const jobId of toBeReported(ended)) {
    try {
      const { outcome, events, attempts } = await client.jobs.report(jobId);
      reports.push({ jobId, outcome, eventCount: events.length, attempts: attempts.map(shown) });
    } catch (error) {
      if (!(error instanceof ForgeRunError)) throw error;
      reports.push({ jobId, outcome: error.code, eventCount: 0, attempts: [] });
    }
  }
  const queues = (await client.queues.list()).map(({ queue, paused, maxRunning }) => ({ queue, paused, maxRunning }));
  return { listed, reports, queues };
}

/** Some of everywhere, and those that most has happened to: they have several attempts. */
function toBeReported(ended: readonly ListedJob[]): ReadonlySet<string> {
  const step = Math.max(1, Math.floor(ended.length / maxReports));
  const longest = ended.toSorted((one, other) => other.revision - one.revision).slice(0, longestReports);
  return new Set([...ended.filter((_job, index) => index % step === 0), ...longest].map(({ jobId }) => jobId));
}

const shown = ({ queuedAt, assignedAt, startedAt, finishedAt, ...attempt }: ReportedAttempt): ShownAttempt => ({
  ...{ attempt: attempt.attempt, workerId: attempt.workerId, outcome: attempt.outcome },
  ...{ hasError: attempt.error !== null, queuedAt: Date.parse(queuedAt) },
  ...{ assignedAt: instantOf(assignedAt), startedAt: instantOf(startedAt), finishedAt: instantOf(finishedAt) },
});

const instantOf = (text: string | null): number | null => (text === null ? null : Date.parse(text));
