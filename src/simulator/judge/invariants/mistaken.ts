import { type Fault, type History, type HistoryEvent, type Invariant } from '../history.js';
import { createdIn, jobsIn, textIn } from '../jobs-in.js';

export const mistaken: Invariant = {
  name: 'mistaken',
  promise: 'What a run of the catalog reports is what is documented of its kind.',

  casesIn: ({ events }: History): number =>
    [...jobsIn(events).values()]
      .flatMap((history) => history.map((event) => ({ event, kind: textIn(createdIn(history), 'work_kind') ?? '' })))
      .filter(({ event, kind }) => documented(kind, event.attempt) !== null && reported(event) !== null).length,

  *faultsIn({ events }: History): Iterable<Fault> {
    for (const [jobId, history] of jobsIn(events)) {
      const kind = textIn(createdIn(history), 'work_kind') ?? '';
      for (const event of history) {
        const wanted = documented(kind, event.attempt);
        if (wanted !== null && reported(event) !== null && reported(event) !== wanted)
          yield { jobId, text: `job ${jobId}@${event.revision} is ${kind} and ${reported(event)}, not ${wanted}` };
      }
    }
  },
};

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
