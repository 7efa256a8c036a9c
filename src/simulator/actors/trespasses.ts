import { type HttpRequest } from '../../sdk/http-connection.js';
import { type Property } from './property-board.js';

/** A call by which one client tries to reach what belongs to another. */
export interface Trespass {
  readonly method: HttpRequest['method'];
  /** In braces stands what belongs to the other; with `own` before it, what belongs to the one that calls. */
  readonly path: string;
  /** JSON; null: none. */
  readonly body: string | null;
  /** Whether it names something that has to be unknown; where it does not, the answer may show what is the caller's own. */
  readonly isToUnknown: boolean;
  /** Whether it is answered by item. */
  readonly isBatch: boolean;
}

type Line = readonly [method: HttpRequest['method'], path: string, body?: string];

const reads = (...paths: readonly string[]): readonly Line[] => paths.map((path) => ['GET', path] as const);

/** The `{job}` of another, and so on: whatever is asked of it, it is not there. */
const ofUnknown: readonly Line[] = [
  ...reads('/v1/jobs/{job}', '/v1/jobs/{job}/events', '/v1/jobs/{job}/report', '/v1/jobs/{job}/why'),
  ['POST', '/v1/jobs/{job}/cancel'],
  ['POST', '/v1/jobs/{job}/retry'],
  ['POST', '/v1/leases/{lease}/start'],
  ['POST', '/v1/leases/{lease}/heartbeat'],
  ['POST', '/v1/leases/{lease}/complete'],
  ['POST', '/v1/leases/{lease}/fail', '{"error":{"message":"of another"}}'],
  ['POST', '/v1/leases/{lease}/release'],
  ...reads('/v1/schedules/{schedule}', '/v1/schedules/{schedule}/next', '/v1/schedules/{schedule}/occurrences'),
  ['PATCH', '/v1/schedules/{schedule}', '{"missed":"skip"}'],
  ['POST', '/v1/schedules/{schedule}/pause'],
  ['POST', '/v1/schedules/{schedule}/resume'],
  ['POST', '/v1/schedules/{schedule}/trigger'],
  ['DELETE', '/v1/schedules/{schedule}'],
  ...reads('/v1/webhooks/{webhook}', '/v1/webhooks/{webhook}/deliveries'),
  ['PATCH', '/v1/webhooks/{webhook}', '{"description":"of another"}'],
  ['POST', '/v1/webhooks/{webhook}/rotate-secret'],
  ['POST', '/v1/webhooks/{webhook}/test'],
  ['POST', '/v1/webhooks/{webhook}/replay', '{"from":"2000-01-01T00:00:00.000Z","to":"2000-01-02T00:00:00.000Z"}'],
  ['POST', '/v1/webhooks/{webhook}/deliveries/{delivery}/redeliver'],
  ['POST', '/v1/webhooks/{own webhook}/deliveries/{delivery}/redeliver'],
  ['DELETE', '/v1/webhooks/{webhook}'],
  ...reads('/v1/clients/{client}', '/v1/clients/{client}/keys'),
  ['POST', '/v1/clients/{client}/keys'],
  ['POST', '/v1/clients/{client}/keys/renew'],
  ['POST', '/v1/clients/{client}/keys/revoke', '{"key_id":"{client}"}'],
];

const ofUnknownByItem: readonly Line[] = [
  ['POST', '/v1/leases/complete', '{"items":[{"lease_id":"{lease}"}]}'],
  ['POST', '/v1/leases/complete', '{"items":[{"lease_id":"{lease}","job_id":"{job}"}]}'],
  ['POST', '/v1/leases/heartbeat', '{"items":[{"lease_id":"{lease}"}]}'],
];

/** Queues have names, and each client its own of every name; what a list is narrowed by may be anything. */
const ofOwn: readonly Line[] = [
  ...reads('/v1/jobs?limit=20', '/v1/jobs?limit=20&schedule_id={schedule}', '/v1/jobs?limit=20&queue={queue}'),
  ...reads('/v1/events?limit=20', '/v1/schedules', '/v1/webhooks', '/v1/webhooks/callbacks/deliveries?limit=20'),
  ...reads('/v1/webhooks/{own webhook}/deliveries?limit=20', '/v1/queues', '/v1/queues/{queue}'),
  ...reads('/v1/reports/summary?group_by=queue', '/v1/reports/summary?group_by=schedule'),
  ['POST', '/v1/queues/{queue}/pause'],
  ['POST', '/v1/queues/{queue}/limit', '{"max_running":1}'],
];

const of = (lines: readonly Line[], what: Pick<Trespass, 'isToUnknown' | 'isBatch'>): readonly Trespass[] =>
  lines.map(([method, path, body]) => ({
    method,
    path,
    body: body ?? (method === 'GET' || method === 'DELETE' ? null : '{}'),
    ...what,
  }));

/** Every route that has something to do with what belongs to a client; none of them does harm that a run would not show. */
export const trespasses: readonly Trespass[] = [
  ...of(ofUnknown, { isToUnknown: true, isBatch: false }),
  ...of(ofUnknownByItem, { isToUnknown: true, isBatch: true }),
  ...of(ofOwn, { isToUnknown: false, isBatch: false }),
];

/** The text with what belongs to the two in it; null where one of them does not have such a thing yet. */
export function filledIn(text: string, foreign: Partial<Property>, own: Partial<Property>): string | null {
  const missing: string[] = [];
  const filled = text.replace(/\{(own )?([a-z]+)\}/g, (match, isOwn: string | undefined, name: string) => {
    const value = (isOwn === undefined ? foreign : own)[name as keyof Property];
    if (value === undefined) missing.push(match);
    return value ?? '';
  });
  return missing.length === 0 ? filled : null;
}
