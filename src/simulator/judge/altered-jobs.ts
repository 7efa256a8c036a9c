import { differencesOf } from '../records/definition.js';
import { type Fault, type History, type HistoryEvent } from './history.js';
import { createdIn, textIn } from './jobs-in.js';

type Jobs = ReadonlyMap<string, readonly HistoryEvent[]>;

/** What a job was to be: digests of its payload and of the other members of its definition. */
interface Asked {
  readonly payload: string | null;
  readonly definition: string;
}

/** Jobs that are not what was submitted, or what their schedule says. */
export function* alteredJobs(history: History, jobs: Jobs): Iterable<Fault> {
  yield* alteredBySubmits(history, jobs);
  yield* alteredBySchedules(history, jobs);
}

function* alteredBySubmits({ submits }: History, jobs: Jobs): Iterable<Fault> {
  const acknowledged = new Set<string>();
  const byKey = new Map<string, Asked[]>();
  for (const submit of submits) {
    const { jobId, key, outcome } = submit;
    const known = byKey.get(key);
    if (known === undefined) byKey.set(key, [submit]);
    else known.push(submit);
    const created = jobId === null || outcome !== 'ok' ? undefined : createdIn(jobs.get(jobId) ?? []);
    if (created === undefined || jobId === null) continue;
    acknowledged.add(jobId);
    const wrong = differenceOf(created, submit);
    if (wrong !== null) yield { jobId, text: `job ${jobId} has another ${wrong} than was submitted under key ${key}` };
  }
  // Whose submit had no answer was submitted all the same, by one of those under its key.
  for (const [jobId, events] of jobs) {
    const created = createdIn(events);
    const key = textIn(created, 'idempotency_key');
    if (created === undefined || key === null || acknowledged.has(jobId)) continue;
    const [wrong, ...others] = (byKey.get(key) ?? []).map((asked) => differenceOf(created, asked));
    if (wrong === undefined || [wrong, ...others].includes(null)) continue;
    yield { jobId, text: `job ${jobId} has another ${wrong ?? ''} than was submitted under key ${key}` };
  }
}

function* alteredBySchedules({ schedules }: History, jobs: Jobs): Iterable<Fault> {
  const byId = new Map(schedules.map((each) => [each.scheduleId, each]));
  for (const [jobId, events] of jobs) {
    const created = createdIn(events);
    const asked = byId.get(textIn(created, 'schedule_id') ?? '');
    const wrong = asked === undefined || created === undefined ? null : differenceOf(created, asked);
    if (wrong !== null) yield { jobId, text: `job ${jobId} has another ${wrong} than its schedule says` };
  }
}

/** In what a job is another one than was asked for; null where it is not. */
function differenceOf({ data }: HistoryEvent, asked: Asked): string | null {
  const { payloadDigest = asked.payload, definition = asked.definition } = data;
  const wrong = [
    ...(payloadDigest === asked.payload ? [] : ['payload']),
    ...differencesOf(definition, asked.definition),
  ];
  return wrong.length === 0 ? null : wrong.join(' and ');
}
