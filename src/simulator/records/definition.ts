import { type SubmitRequest } from '../../sdk/model.js';
import { toWire } from '../../sdk/wire.js';
import { digestOf } from './digest.js';

type Members = Readonly<Record<string, unknown>>;

/** What a job is to be, but for its payload, by the names that `JobCreated` has for it. */
const judgedNames = [
  ...(['job_type', 'work_kind', 'queue', 'priority', 'execution_at'] as const),
  ...(['retry', 'timeouts', 'tags', 'callback', 'correlation_id'] as const),
] as const;

/** As documented: what a submit that leaves a member out asks for. */
const defaults = {
  ...{ queue: 'default', priority: 5, execution_at: null, tags: {}, callback: null, correlation_id: null },
  retry: { max_attempts: 4, backoff_base_ms: 1_000, backoff_factor: 2, backoff_max_ms: 300_000, jitter: 'full' },
  timeouts: { execution_ms: 120_000, queue_ms: null, total_ms: null },
} as const;

/** Enough to tell two values of one member apart, and little enough to keep ten of them for each job. */
const digestLength = 5;

/** A digest of each member of a definition, in one text. */
export const definitionDigest = (members: Members): string =>
  judgedNames.map((name) => digestOf(plain(name, members[name])).slice(0, digestLength)).join('.');

/** The same of what a submit asks for, or the job of a schedule. */
export function askedDigest({ payload: _, ...request }: SubmitRequest): string {
  const { type, ...asked } = JSON.parse(toWire(request)) as Members;
  return definitionDigest({
    ...defaults,
    ...asked,
    job_type: type,
    work_kind: type === 'EMIT_EVENT' ? type : asked['work_kind'],
    retry: { ...defaults.retry, ...(asked['retry'] as Members | undefined) },
    timeouts: { ...defaults.timeouts, ...(asked['timeouts'] as Members | undefined) },
  });
}

/** The names of the members in which two definitions differ, by their digests. */
export function differencesOf(one: string, other: string): readonly string[] {
  const [these, those] = [one.split('.'), other.split('.')];
  return judgedNames.filter((_name, place) => these[place] !== those[place]);
}

/** One text for one value: an instant may be written in several ways, and members stand in any order. */
function plain(name: (typeof judgedNames)[number], value: unknown): string {
  if (name === 'execution_at' && typeof value === 'string') return String(Date.parse(value));
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null);
  return JSON.stringify(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
