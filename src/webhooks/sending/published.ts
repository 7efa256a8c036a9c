import { type JobEvent } from '../../jobs/domain/job.events.js';
import { memberTexts } from '../../kernel/json-members.js';
import { RawJson } from '../../platform/http/json/raw-json.js';

/** What a run of an EMIT_EVENT job published. */
interface Published {
  readonly eventName: string;
  /** As it was submitted. */
  readonly data: RawJson | null;
}

const applicationName = /^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*$/;

/** Null for every event but the success of an EMIT_EVENT job. */
export function publishedBy({ type, data }: JobEvent): Published | null {
  if (type !== 'JobSucceeded' || data.workKind !== 'EMIT_EVENT' || data.result === null) return null;
  const members = memberTexts(data.result);
  const eventName: unknown = JSON.parse(members?.get('event_name') ?? 'null');
  if (typeof eventName !== 'string' || !applicationName.test(eventName)) return null;
  const published = members?.get('data');
  return { eventName, data: published === undefined ? null : RawJson.of(published) };
}
