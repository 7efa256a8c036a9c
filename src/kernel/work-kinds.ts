/** The synthetic catalogue's names; `src/worker/synthetic-catalog.ts` says what each one does. */
export const syntheticKinds = [
  'SUCCESS_FAST',
  'SUCCESS_NORMAL',
  'SUCCESS_SLOW',
  'FAIL_IMMEDIATE',
  'FAIL_AFTER_PROGRESS',
  'FAIL_AFTER_RETRYABLE',
  'RUNS_LONG',
  'RUNS_OVER_TIMEOUT',
  'CPU_BURST',
  'MEMORY_SPIKE',
  'IO_HEAVY',
  'MANY_SMALL_OUTPUTS',
  'LARGE_OUTPUT',
  'CANCEL_BEFORE_START',
  'CANCEL_DURING_RUN',
  'RETRY_ON_FAIL',
  'RETRY_LIMIT_REACHED',
  'DUPLICATE_SUBMIT_SAME_KEY',
  'DUPLICATE_SUBMIT_DIFFERENT_KEY',
  'WEBHOOK_SUCCESS',
  'WEBHOOK_TIMEOUT',
  'WEBHOOK_5XX',
  'WEBHOOK_RETRIES_EXHAUSTED',
  'WEBHOOK_SLOW_RECEIVER',
  'SCHEDULED_ON_TIME',
  'SCHEDULED_LATE_RECOVERY',
  'SCHEDULED_FAR_FUTURE',
  'PAYLOAD_SMALL',
  'PAYLOAD_MEDIUM',
  'PAYLOAD_LARGE',
  'PAYLOAD_INVALID',
] as const;

export type SyntheticKind = (typeof syntheticKinds)[number];

/** In the catalogue so that the refusal can be shown: a submit of this kind is answered with 400. */
export const kindsRefusedAtSubmit: readonly string[] = ['PAYLOAD_INVALID'];

/** Every kind the built-in worker runs. `EMIT_EVENT` is the kind that jobs of that type carry; no submit names it. */
export const builtInKinds: readonly string[] = [...syntheticKinds, 'HTTP_REQUEST', 'EMIT_EVENT'];

const builtIn: ReadonlySet<string> = new Set(builtInKinds);
const synthetic: ReadonlySet<string> = new Set(syntheticKinds);
const customKind = /^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*$/;
const customKindChars = 100;

/** Whether a name is one a user's own worker may run: lower-case and dotted. */
export const isCustomKind = (name: string): boolean => name.length <= customKindChars && customKind.test(name);

export const isSyntheticKind = (name: string): name is SyntheticKind => synthetic.has(name);

export const isBuiltInKind = (name: string): boolean => builtIn.has(name);

export const isKnownKind = (name: string): boolean => isBuiltInKind(name) || isCustomKind(name);
