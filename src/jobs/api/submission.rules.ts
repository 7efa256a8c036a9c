import type { Instant } from '../../kernel/instant.js';
import type { Fault } from '../../kernel/refusal.js';
import { isBuiltInKind, isKnownKind, kindsRefusedAtSubmit } from '../../kernel/work-kinds.js';
import { RawJson } from '../../platform/http/json/raw-json.js';
import { isInstantText, isWebUrl } from '../../platform/http/validation/formats.js';

/** What a submit is held to beyond the shape of its fields. */
export interface SubmissionRules {
  readonly now: Instant;
  readonly maxDeferDays: number;
  /** Null: all. */
  readonly allowedWorkKinds: readonly string[] | null;
}

const toleranceMs = 1000;
const dayMs = 86_400_000;

/** Every fault that lies between fields. It takes whatever came, so that all faults can be told at once. */
export function faultsBetweenFields(body: unknown, rules: SubmissionRules): readonly Fault[] {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return [];
  const { type, work_kind, execution_at, payload, callback } = body as Readonly<Record<string, unknown>>;
  const faults: Fault[] = [];
  const add = (field: string, detail: string): void => {
    faults.push({ pointer: `/${field}`, detail });
  };
  if (type === 'EMIT_EVENT') {
    if (work_kind !== undefined) add('work_kind', 'is not for EMIT_EVENT jobs');
    for (const fault of faultsOfEvent(payload)) faults.push(fault);
  } else if (type === 'EXECUTE' || type === 'DEFERRED') {
    if (work_kind === undefined) add('work_kind', `is required for ${type} jobs`);
  }
  if (typeof work_kind === 'string' && work_kind !== '' && type !== 'EMIT_EVENT') {
    const fault = faultOfKind(work_kind, rules);
    if (fault !== null) add('work_kind', fault);
  }
  if (type === 'DEFERRED' && execution_at === undefined) add('execution_at', 'is required for DEFERRED jobs');
  if ((type === 'EXECUTE' || type === 'EMIT_EVENT') && execution_at !== undefined)
    add('execution_at', `is not for ${type} jobs`);
  if (typeof execution_at === 'string' && isInstantText(execution_at)) {
    const at = Date.parse(execution_at);
    if (at < rules.now - toleranceMs) add('execution_at', 'lies in the past');
    if (at > rules.now + rules.maxDeferDays * dayMs)
      add('execution_at', `lies more than ${rules.maxDeferDays} days ahead`);
  }
  if (typeof callback === 'string' && callback !== '' && !isWebUrl(callback)) add('callback', 'must be an http(s) URL');
  return faults;
}

function faultOfKind(kind: string, { allowedWorkKinds }: SubmissionRules): string | null {
  if (kindsRefusedAtSubmit.includes(kind)) return 'is in the catalog to be refused';
  if (!isKnownKind(kind) || kind === 'EMIT_EVENT')
    return isBuiltInKind(kind)
      ? 'is not submitted as a work kind: use type EMIT_EVENT'
      : 'must be a lower-case dotted name of at most 100 characters, HTTP_REQUEST, or a kind of the synthetic catalog';
  if (allowedWorkKinds !== null && !allowedWorkKinds.includes(kind)) return 'is not allowed here';
  return null;
}

function faultsOfEvent(payload: unknown): readonly Fault[] {
  const value: unknown = payload instanceof RawJson ? payload.toJSON() : undefined;
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return [{ pointer: '/payload', detail: 'must be an object with event_name and data' }];
  const { event_name, ...rest } = value as Readonly<Record<string, unknown>>;
  const faults: Fault[] = [];
  if (typeof event_name !== 'string' || event_name.length > 100 || !/^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*$/.test(event_name))
    faults.push({
      pointer: '/payload/event_name',
      detail: 'must be a lower-case dotted name of at most 100 characters',
    });
  for (const name of Object.keys(rest))
    if (name !== 'data') faults.push({ pointer: `/payload/${name}`, detail: 'is not a known field' });
  return faults;
}
