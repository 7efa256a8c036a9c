import { type Instant } from '../../kernel/instant.js';
import { type Fault } from '../../kernel/refusal.js';
import { isBuiltInKind, isKnownKind, kindsRefusedAtSubmit } from '../../kernel/work-kinds.js';
import { type FaultOfTarget, faultsOfHttpRequest } from './http-request.rules.js';
import { RawJson } from '../../platform/http/json/raw-json.js';
import { isInstantText, isWebUrl } from '../../platform/http/validation/formats.js';

/** What a submit is held to beyond the shape of its fields. */
export interface SubmissionRules {
  readonly now: Instant;
  readonly maxDeferDays: number;
  /** Null: all. */
  readonly allowedWorkKinds: readonly string[] | null;
  /** Where jobs and callbacks may send to; absent, only the form of a URL is checked. */
  readonly faultOfTarget?: FaultOfTarget;
}

const toleranceMs = 1000;
const inThePast = 'lies in the past';

/** Faults that only the clock has made: the same request was good once. */
export const isTooLateOnly = (faults: readonly Fault[]): boolean =>
  faults.length > 0 && faults.every(({ pointer, detail }) => pointer === '/execution_at' && detail === inThePast);

const dayMs = 86_400_000;

/** Every fault that lies between fields. It takes whatever came, so that all faults can be reported at once. */
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
  if (type === 'EXECUTE' && execution_at !== undefined) add('execution_at', 'is not for EXECUTE jobs; use DEFERRED');
  if (type === 'EMIT_EVENT' && execution_at !== undefined) add('execution_at', 'is not for EMIT_EVENT jobs');
  if (typeof execution_at === 'string' && isInstantText(execution_at)) {
    const at = Date.parse(execution_at);
    if (at < rules.now - toleranceMs) add('execution_at', inThePast);
    if (at > rules.now + rules.maxDeferDays * dayMs)
      add('execution_at', `lies more than ${rules.maxDeferDays} days ahead`);
  }
  const faultOfTarget = rules.faultOfTarget ?? faultOfForm;
  if (typeof callback === 'string' && callback !== '') {
    const fault = faultOfTarget(callback);
    if (fault !== null) add('callback', fault);
  }
  if (work_kind === 'HTTP_REQUEST' && type !== 'EMIT_EVENT')
    for (const fault of faultsOfHttpRequest(valueOf(payload), faultOfTarget)) faults.push(fault);
  return faults;
}

const faultOfForm: FaultOfTarget = (url) => (isWebUrl(url) ? null : 'must be an http(s) URL');

const valueOf = (payload: unknown): unknown => (payload instanceof RawJson ? payload.toJSON() : undefined);

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
  const value = valueOf(payload);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return [{ pointer: '/payload', detail: 'must be an object with event_name and data' }];
  const { event_name, ...rest } = value as Readonly<Record<string, unknown>>;
  const faults: Fault[] = [];
  if (typeof event_name !== 'string' || event_name.length > 100 || !/^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*$/.test(event_name))
    faults.push({
      pointer: '/payload/event_name',
      detail: 'must be a lower-case dotted name of at most 100 characters',
    });
  else if (/^(forgerun|job|schedule|webhook)\./.test(event_name))
    faults.push({
      pointer: '/payload/event_name',
      detail: 'must not begin with forgerun., job., schedule. or webhook., which are taken',
    });
  for (const name of Object.keys(rest))
    if (name !== 'data') faults.push({ pointer: `/payload/${name}`, detail: 'is not a known field' });
  return faults;
}
