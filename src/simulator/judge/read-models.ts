import { momentNow } from '../../platform/clock/moment.js';
import { ForgeRunError } from '../../sdk/forge-run-error.js';
import { type HttpConnection } from '../../sdk/http-connection.js';
import { type JobState } from '../../sdk/model.js';
import { digestOf, digestOfValue } from '../records/digest.js';
import { type Tenant } from '../target/tenants.js';
import {
  type History,
  type ListedByState,
  type ListedJob,
  type ShownAttempt,
  type ShownReport,
  type ShownSummary,
} from './history.js';
import { shownJobsOf } from './read-jobs.js';

/** Small enough for a short run to need several. */
const pageSize = 50;
const maxReports = 20;
const maxLongest = 5;
/** Of those that have not ended. */
const maxOpen = 5;
/** There are always some of it, and never all. */
const oneState: JobState = 'FAILED';

/** What the calls of a client that read show. */
type ReadModels = Pick<History, 'listed' | 'listedByState' | 'reports' | 'shown' | 'summary' | 'queues'>;

/** The whole list comes last: where it shows what the log says, the others had the same to show. */
export async function readModelsOf({ reader: { client, http } }: Tenant): Promise<ReadModels> {
  const listedByState: ListedByState = { state: oneState, jobs: await listedIn(client, oneState) };
  const summary = await summaryOf(http);
  const queues = await client.queues.list();
  const listed = await listedIn(client);
  const ended = someOf(listed.filter(({ outcome }) => outcome !== null));
  const open = spread(
    listed.filter(({ outcome }) => outcome === null),
    maxOpen,
  );
  const reports: ShownReport[] = [];
  for (const jobId of ended) reports.push(await reportOf(http, jobId));
  const shown = await shownJobsOf(http, [...ended, ...open]);
  return { listed, listedByState, reports, shown, summary, queues };
}

async function listedIn(client: Tenant['client'], state?: JobState): Promise<readonly ListedJob[]> {
  const listed: ListedJob[] = [];
  const filter = { limit: pageSize, ...(state === undefined ? {} : { state }) };
  for await (const job of client.jobs.list(filter)) {
    const { jobId, outcome, revision } = job;
    listed.push({ jobId, state: job.state, outcome, revision });
  }
  return listed;
}

/** Some of everywhere, and those that most has happened to: they have several attempts. Each one is several calls. */
function someOf(ended: readonly ListedJob[]): ReadonlySet<string> {
  const longest = ended.toSorted((one, other) => other.revision - one.revision).slice(0, maxLongest);
  return new Set([...spread(ended, maxReports), ...longest.map(({ jobId }) => jobId)]);
}

/** So many of them at most, as far from each other as can be. */
function spread(jobs: readonly ListedJob[], most: number): readonly string[] {
  const step = Math.max(1, Math.ceil(jobs.length / most));
  return jobs.filter((_job, index) => index % step === 0).map(({ jobId }) => jobId);
}

interface WireReport extends WireTimes {
  readonly outcome: string;
  readonly attempt: number;
  readonly queue_wait_ms: number | null;
  readonly events: readonly object[];
  readonly attempts: readonly WireAttempt[];
}

interface WireTimes {
  readonly started_at: string | null;
  readonly finished_at: string | null;
  readonly duration_ms: number | null;
}

interface WireAttempt extends WireTimes {
  readonly attempt: number;
  readonly worker_id: string | null;
  readonly queued_at: string;
  readonly assigned_at: string | null;
  readonly outcome: string | null;
  readonly charged: boolean | null;
  readonly error: unknown;
}

async function reportOf(http: HttpConnection, jobId: string): Promise<ShownReport> {
  try {
    const { text } = await http.send({ method: 'GET', path: `/v1/jobs/${jobId}/report` });
    return shownReport(jobId, JSON.parse(text) as WireReport);
  } catch (error) {
    if (!(error instanceof ForgeRunError)) throw error;
    const times = { startedAt: null, finishedAt: null, durationMs: null, queueWaitMs: null };
    return { jobId, outcome: error.code, attempt: 0, ...times, events: [], attempts: [] };
  }
}

const shownReport = (jobId: string, report: WireReport): ShownReport => ({
  ...{ jobId, outcome: report.outcome, attempt: report.attempt, ...timesIn(report) },
  queueWaitMs: report.queue_wait_ms,
  events: report.events.map((event) => digestOf(JSON.stringify(event))),
  attempts: report.attempts.map(shownAttempt),
});

const shownAttempt = (shown: WireAttempt): ShownAttempt => ({
  ...{ attempt: shown.attempt, workerId: shown.worker_id, outcome: shown.outcome, charged: shown.charged },
  ...{ queuedAt: Date.parse(shown.queued_at), assignedAt: instantOf(shown.assigned_at), ...timesIn(shown) },
  error: digestOfValue(shown.error),
});

const timesIn = ({ started_at, finished_at, duration_ms }: WireTimes) => ({
  ...{ startedAt: instantOf(started_at), finishedAt: instantOf(finished_at), durationMs: duration_ms },
});

const instantOf = (text: string | null): number | null => (text === null ? null : Date.parse(text));

interface WireSummary {
  readonly total: Omit<ShownSummary, 'successRate'> & { readonly success_rate: number | null };
}

/** Of a client that was made for the run, whatever its clocks do: from far before to far after. */
const aroundMs = 100 * 86_400_000;

async function summaryOf(http: HttpConnection): Promise<ShownSummary> {
  const [from, to] = [-aroundMs, aroundMs].map((ms) => new Date(momentNow().wall + ms).toISOString());
  const { text } = await http.send({ method: 'GET', path: '/v1/reports/summary', query: { from, to } });
  const { jobs, states, outcomes, success_rate, attempts, retries } = (JSON.parse(text) as WireSummary).total;
  return { jobs, states, outcomes, successRate: success_rate, attempts, retries };
}
