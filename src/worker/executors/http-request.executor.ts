import { memberTexts } from '../../kernel/json-members.js';
import { asJsonText } from '../../kernel/json-text.js';
import { type Lease } from '../../sdk/lease-source.js';
import { PermanentFailure, RetryLater } from '../../sdk/failures.js';
import { type Handler } from '../../sdk/running-job.js';
import { clientOf } from '../engine-lease.js';
import { sleep } from './sleep.js';

/** The way out, as this executor needs it; the egress guard stands behind it. */
type SendRequest = (request: {
  readonly clientId: string;
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | null;
  readonly needs: 'body';
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}) => Promise<SentAnswer>;

type SentAnswer =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly cookies: readonly string[];
      readonly body: Buffer;
      readonly truncated: boolean;
      /** What the target asks for in `Retry-After`; null where it says nothing. */
      readonly retryAfterMs: number | null;
    }
  | { readonly kind: 'blocked'; readonly reason: string; readonly isPassing: boolean }
  | { readonly kind: 'failed'; readonly error: string }
  /** The node lacked something of its own, and the target was not asked. */
  | { readonly kind: 'not_made' };

interface HttpWork {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: HttpBody | null;
  readonly expected: readonly number[];
}

interface HttpBody {
  readonly contentType: string;
  readonly text: string;
}

/** How much sooner than the job the request times out, so that the job's own timeout stays the later one. */
const marginMs = 500;
const notMadePauseMs = 1_000;

/** Calls a target: 2xx or an expected status succeeds; what may pass is retried, and the rest fails for good. */
export const httpRequest =
  (send: SendRequest): Handler =>
  async (job, context) => {
    const { method, url, headers, body, expected } = workOf(job);
    const request = {
      clientId: clientOf(job),
      method,
      url,
      headers: { ...defaultHeaders(body), ...lowerCased(headers), ...traceOf(context.traceparent) },
      body: body === null ? null : Buffer.from(body.text, 'utf8'),
      needs: 'body' as const,
      timeoutMs: Math.max(1, job.executionTimeoutMs - Math.min(marginMs, job.executionTimeoutMs / 10)),
      signal: context.signal,
    };
    let answer = await send(request);
    while (answer.kind === 'not_made') {
      // No attempt of the job is charged for what the node lacks; its own time limit ends the waiting.
      await sleep(notMadePauseMs, context.signal);
      answer = await send(request);
    }
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

/** The API has checked it; a payload that came another way fails for good. */
function workOf({ payload, payloadText }: Lease): HttpWork {
  const given = (typeof payload === 'object' && payload !== null ? payload : {}) as Readonly<Record<string, unknown>>;
  const { method, url, headers = {}, expect_status: expected = [] } = given;
  if (typeof method !== 'string' || typeof url !== 'string' || typeof headers !== 'object' || headers === null)
    throw new PermanentFailure('the payload is no HTTP request', 'PAYLOAD_INVALID');
  return {
    method,
    url,
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
    body: bodyIn(given['body'], payloadText),
    expected: (Array.isArray(expected) ? expected : [expected]).map(Number),
  };
}

/** A string is sent as the text it holds, anything else as the JSON it was submitted as. */
function bodyIn(body: unknown, payloadText: string | null): HttpBody | null {
  if (body === undefined || payloadText === null) return null;
  if (typeof body === 'string') return { contentType: 'text/plain; charset=utf-8', text: body };
  const text = memberTexts(asJsonText(payloadText))?.get('body');
  return text === undefined ? null : { contentType: 'application/json', text };
}

const defaultHeaders = (body: HttpBody | null): Readonly<Record<string, string>> => ({
  'user-agent': 'ForgeRun',
  ...(body === null ? {} : { 'content-type': body.contentType }),
});

const lowerCased = (headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

const traceOf = (traceparent: string | null): Readonly<Record<string, string>> =>
  traceparent === null ? {} : { traceparent };

/** A result may be 256 KiB of JSON; text that would not fit, because of what has to be escaped in it, is put in base64. */
const maxTextBytes = 192 * 1024;

function resultOf({ status, headers, cookies, body, truncated }: Extract<SentAnswer, { kind: 'answered' }>): object {
  const text = body.toString('utf8');
  // The bound may have cut a character in two; that alone does not make it binary.
  const isText = !text.includes('\0') && !text.slice(0, truncated ? -1 : undefined).includes('\ufffd');
  const fits = isText && Buffer.byteLength(JSON.stringify(text)) <= maxTextBytes;
  const shown = fits ? { body: text } : { body: body.toString('base64'), body_encoding: 'base64' };
  const fields = cookies.length === 0 ? headers : { ...headers, 'set-cookie': cookies };
  return { status, headers: fields, ...shown, truncated };
}
