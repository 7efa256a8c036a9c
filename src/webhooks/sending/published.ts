import type { JobEvent } from '../../jobs/domain/job.events.js';
import { RawJson } from '../../platform/http/json/raw-json.js';

/** What a run of an EMIT_EVENT job published. */
export interface Published {
  readonly eventName: string;
  readonly data: unknown;
}

const applicationName = /^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*$/;

/** Null for every event but the success of an EMIT_EVENT job. */
export function publishedBy({ type, data }: JobEvent): Published | null {
  if (type !== 'JobSucceeded' || data.workKind !== 'EMIT_EVENT' || data.result === null) return null;
  const result: unknown = RawJson.of(data.result).toJSON();
  if (typeof result !== 'object' || result === null || !('event_name' in result)) return null;
  const { event_name: eventName } = result;
  if (typeof eventName !== 'string' || !applicationName.test(eventName)) return null;
  return { eventName, data: 'data' in result ? result.data : null };
}
