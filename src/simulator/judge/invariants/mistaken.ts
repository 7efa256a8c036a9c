import { resultBytesOf } from '../catalog-results.js';
import { faultsOfHttpRuns, httpRunsIn } from '../http-faults.js';
import { type Fault, type History, type HistoryEvent, type Invariant } from '../history.js';
import { createdIn, jobsIn, textIn } from '../jobs-in.js';

export const mistaken: Invariant = {
  name: 'mistaken',
  promise:
    'What a run of the catalog reports, progress and result included, is what is documented of its kind, and a run that asks a target ends as it was answered.',

  casesIn: (history: History): number =>
    [...jobsIn(history.events).values()]
      .flatMap((ofJob) => ofJob.map((event) => ({ event, kind: textIn(createdIn(ofJob), 'work_kind') ?? '' })))
      .filter(({ event, kind }) => documented(kind, event.attempt) !== null && reported(event) !== null).length +
    httpRunsIn(history),

  *faultsIn(history: History): Iterable<Fault> {
    for (const [jobId, ofJob] of jobsIn(history.events)) {
      const kind = textIn(createdIn(ofJob), 'work_kind') ?? '';
      for (const event of ofJob) {
        const wanted = documented(kind, event.attempt);
        if (wanted !== null && reported(event) !== null && reported(event) !== wanted)
          yield { jobId, text: `job ${jobId}@${event.revision} is ${kind} and ${reported(event)}, not ${wanted}` };
        yield* wrongResult(event, kind);
      }
    }
    yield* unprogressed(history);
    yield* faultsOfHttpRuns(history);
  },
};

/** By so much of it a result may be of another size than the table says. */
const sizeShare = 0.1;

function* wrongResult({ jobId, revision, name, data }: HistoryEvent, kind: string): Iterable<Fault> {
  const wanted = resultBytesOf(kind);
  const { resultBytes } = data;
  if (name !== 'JobSucceeded' || wanted === null || resultBytes === undefined) return;
  if (Math.abs(resultBytes - wanted) > wanted * sizeShare)
    yield {
      jobId,
      text: `job ${jobId}@${revision} is ${kind} and has a result of ${resultBytes} B, not about ${wanted}`,
    };
}

const tellsProgress: ReadonlySet<string> = new Set(['FAIL_AFTER_PROGRESS', 'MANY_SMALL_OUTPUTS']);
/** Where the store is away, a run may come to its end before any of its progress does. */
const minUnprogressed = 2;

/** Runs that are to tell how far they are, where none of them does. */
function* unprogressed({ events }: History): Iterable<Fault> {
  const runs: { readonly event: HistoryEvent; readonly kind: string; readonly hasProgress: boolean }[] = [];
  for (const ofJob of jobsIn(events).values()) {
    const kind = textIn(createdIn(ofJob), 'work_kind') ?? '';
    if (!tellsProgress.has(kind)) continue;
    const progressed = new Set(
      ofJob.filter(({ name }) => name === 'JobProgressed').map((event) => textIn(event, 'lease_id')),
    );
    for (const event of ofJob)
      if (reported(event) !== null) runs.push({ event, kind, hasProgress: progressed.has(textIn(event, 'lease_id')) });
  }
  if (runs.length < minUnprogressed || runs.some(({ hasProgress }) => hasProgress)) return;
  for (const { event, kind } of runs)
    yield {
      jobId: event.jobId,
      text: `job ${event.jobId}@${event.revision} is ${kind} and never told how far it was`,
    };
}

/** Not CPU_BURST, MEMORY_SPIKE and IO_HEAVY, which a machine without threads, memory or disk left makes fail. */
const succeeding =
  /^(?:(?:SUCCESS|CANCEL|DUPLICATE|WEBHOOK|SCHEDULED|PAYLOAD)_|(?:RUNS_LONG|LARGE_OUTPUT|MANY_SMALL_OUTPUTS)$)/u;

const otherwise: Readonly<Record<string, string>> = {
  FAIL_IMMEDIATE: 'failed for good',
  FAIL_AFTER_PROGRESS: 'failed for good',
  FAIL_AFTER_RETRYABLE: 'failed retryably',
  RETRY_LIMIT_REACHED: 'failed retryably',
  RUNS_OVER_TIMEOUT: 'did not end by itself',
};

function documented(kind: string, attempt: number | null): string | null {
  if (kind === 'RETRY_ON_FAIL') return attempt === 1 ? 'failed retryably' : 'succeeded';
  return succeeding.test(kind) ? 'succeeded' : (otherwise[kind] ?? null);
}

/** What a worker said; null where the engine ended the run, or nothing did. */
function reported({ name, data }: HistoryEvent): string | null {
  if (name === 'JobSucceeded') return 'succeeded';
  if (name !== 'JobFailed' || data['reason'] !== 'error') return null;
  return data['retryable'] === true ? 'failed retryably' : 'failed for good';
}
