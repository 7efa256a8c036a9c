import { type Failure } from './lease-source.js';

/** Thrown by a handler: the job fails, and no retry can help. */
export class PermanentFailure extends Error {
  override readonly name = 'PermanentFailure';
  constructor(
    message: string,
    readonly code: string | null = null,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Thrown by a handler: the attempt fails, and the next one waits this long instead of the job's own backoff. */
export class RetryLater extends Error {
  override readonly name = 'RetryLater';
  constructor(
    readonly retryAfterMs: number,
    message = `asked to be retried in ${retryAfterMs} ms`,
    readonly code: string | null = null,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

export type InterruptionReason = 'canceled' | 'lease_lost' | 'execution_timeout' | 'stopping';

/** The reason a handler's signal carries once the engine no longer wants its result. */
export class Interruption extends Error {
  override readonly name = 'Interruption';
  constructor(readonly reason: InterruptionReason) {
    super(`the job was interrupted: ${reason}`);
  }
}

const messageChars = 2000;
const codeChars = 100;
/** Far more than Node writes, and far less than the engine cuts at. */
const stackChars = 8000;
const maxRetryMs = 86_400_000;

/** Cuts a text to a bound and takes out what no reader of JSON takes: NUL and lone surrogates. */
export function plainText(text: string, chars: number): string {
  const cut = text.length > chars ? `${text.slice(0, chars - 1)}…` : text;
  return Buffer.from(cut.replaceAll('\0', ''), 'utf8').toString('utf8');
}

/** What is reported to the engine about something a handler threw. */
export function failureOf(thrown: unknown): Failure {
  const message = plainText(messageOf(thrown), messageChars);
  const failure = { code: codeOf(thrown), message, ...stackOf(thrown) };
  if (thrown instanceof PermanentFailure) return { ...failure, retryable: false, retryAfterMs: null };
  return { ...failure, retryable: true, retryAfterMs: thrown instanceof RetryLater ? retryAfterOf(thrown) : null };
}

/** A delay the engine can grant: whole milliseconds, a day at most; none where it is no number at all. */
function retryAfterOf({ retryAfterMs }: RetryLater): number | null {
  return Number.isNaN(retryAfterMs) ? null : Math.round(Math.min(maxRetryMs, Math.max(0, retryAfterMs)));
}

function messageOf(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message === '' ? thrown.name : thrown.message;
  return typeof thrown === 'string' ? thrown : `a handler threw a value of type ${typeof thrown}`;
}

/** In Node's words, or whatever the thrower has put in their place. */
function stackOf(thrown: unknown): { readonly stack?: string } {
  if (!(thrown instanceof Error) || typeof thrown.stack !== 'string' || thrown.stack === '') return {};
  return { stack: plainText(thrown.stack, stackChars) };
}

function codeOf(thrown: unknown): string | null {
  if (!(thrown instanceof Error)) return null;
  const code = 'code' in thrown ? thrown.code : null;
  if (typeof code === 'string' && code !== '') return plainText(code, codeChars);
  return thrown instanceof PermanentFailure || thrown instanceof RetryLater ? null : plainText(thrown.name, codeChars);
}
