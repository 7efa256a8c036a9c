import { PermanentFailure, RetryLater } from '../../sdk/failures.js';
import { type Handler } from '../../sdk/running-job.js';

/** The way out, as this executor needs it; the egress guard stands behind it. */
export type SendRequest = (request: {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | null;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}) => Promise<SentAnswer>;

export type SentAnswer =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: Buffer;
      readonly truncated: boolean;
      /** What the target asks for in `Retry-After`; null where it says nothing. */
      readonly retryAfterMs: number | null;
    }
  | { readonly kind: 'blocked'; readonly reason: string; readonly isPassing: boolean }
  | { readonly kind: 'failed'; readonly error: string };

interface HttpWork {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly expected: readonly number[];
}

/** Told to the target in time for the job's own timeout to stay the later one. */
const marginMs = 500;

/** Calls a target: 2xx or an expected status succeeds; what may pass is retried, and the rest fails for good. */
export const httpRequest =
  (send: SendRequest): Handler =>
  async (job, context) => {
    const { method, url, headers, body, expected } = workOf(job.payload);
    const answer = await send({
      method,
      url,
      headers: { ...defaultHeaders(body), ...lowerCased(headers), ...traceOf(context.traceparent) },
      body: body === undefined ? null : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body), 'utf8'),
      timeoutMs: Math.max(1, job.executionTimeoutMs - Math.min(marginMs, job.executionTimeoutMs / 10)),
      signal: context.signal,
    });
    context.signal.throwIfAborted();
    if (answer.kind === 'blocked') throw blocked(answer);
    if (answer.kind === 'failed')
      throw Object.assign(new Error(`no answer: ${answer.error}`), { code: 'HTTP_NO_ANSWER' });
    const { status, retryAfterMs } = answer;
    const isWell = expected.length > 0 ? expected.includes(status) : status >= 200 && status < 300;
    if (isWell) return resultOf(answer);
    const message = `the target answered ${status}`;
    if (status !== 408 && status !== 429 && status < 500) throw new PermanentFailure(message, 'HTTP_STATUS');
    if (retryAfterMs !== null) throw new RetryLater(retryAfterMs, message, 'HTTP_STATUS');
    throw Object.assign(new Error(message), { code: 'HTTP_STATUS' });
  };

function blocked({ reason, isPassing }: { readonly reason: string; readonly isPassing: boolean }): Error {
  const message = `the URL ${reason}`;
  if (isPassing) return Object.assign(new Error(message), { code: 'HTTP_NOT_RESOLVED' });
  return new PermanentFailure(message, 'HTTP_BLOCKED');
}

/** The door has checked it; a payload that came another way fails for good. */
function workOf(payload: unknown): HttpWork {
  const given = (typeof payload === 'object' && payload !== null ? payload : {}) as Readonly<Record<string, unknown>>;
  const { method, url, headers = {}, body, expect_status: expected = [] } = given;
  if (typeof method !== 'string' || typeof url !== 'string' || typeof headers !== 'object' || headers === null)
    throw new PermanentFailure('the payload is no HTTP request', 'PAYLOAD_INVALID');
  return {
    method,
    url,
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
    body,
    expected: (Array.isArray(expected) ? expected : [expected]).map(Number),
  };
}

const defaultHeaders = (body: unknown): Readonly<Record<string, string>> => ({
  'user-agent': 'ForgeRun',
  ...(body === undefined
    ? {}
    : { 'content-type': typeof body === 'string' ? 'text/plain; charset=utf-8' : 'application/json' }),
});

const lowerCased = (headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

const traceOf = (traceparent: string | null): Readonly<Record<string, string>> =>
  traceparent === null ? {} : { traceparent };

/** A result may be 256 KiB of JSON; text that would not fit, because of what has to be escaped in it, is put in base64. */
const mostTextBytes = 192 * 1024;

function resultOf({ status, headers, body, truncated }: Extract<SentAnswer, { kind: 'answered' }>): object {
  const text = body.toString('utf8');
  // The bound may have cut a character in two; that alone does not make it binary.
  const isText = !text.includes('\0') && !text.slice(0, truncated ? -1 : undefined).includes('\ufffd');
  const fits = isText && Buffer.byteLength(JSON.stringify(text)) <= mostTextBytes;
  const shown = fits ? { body: text } : { body: body.toString('base64'), body_encoding: 'base64' };
  return { status, headers, ...shown, truncated };
}
