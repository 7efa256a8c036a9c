import { types } from 'node:util';
import { askedDelayMs, backoffMs, pause } from './backoff.js';
import { Exchanger, type HeaderValues } from './exchange.js';
import { type ForgeRunError, ForgeRunUnreachable, problemOf } from './forge-run-error.js';
import { withinTime } from './time-limit.js';

export interface HttpConnectionOptions {
  /** Where the engine listens, such as `http://127.0.0.1:8080`; default: `FORGERUN_URL` of the environment. */
  readonly url?: string | undefined;
  /** Default: `FORGERUN_API_KEY` of the environment. */
  readonly apiKey?: string | undefined;
  /** For each try, answer included; default 30000. */
  readonly timeoutMs?: number;
  /** Tries after the first; default 4. */
  readonly maxRetries?: number;
  readonly backoffBaseMs?: number;
  readonly backoffMaxMs?: number;
  /** Sent with every request, such as `ForgeRun-Client`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Ends what is under way, its pauses too, and everything after it; a call that takes a signal of its own goes by that one. */
  readonly signal?: AbortSignal;
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  /** JSON. */
  readonly bodyText?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Instead of the connection's own. */
  readonly timeoutMs?: number;
  /** On top of it, for calls that wait on purpose. */
  readonly extraTimeoutMs?: number;
  /** Whether sending it twice does no more than once. Default: true for GET and DELETE. */
  readonly repeatable?: boolean;
  readonly maxRetries?: number;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: HeaderValues;
  readonly text: string;
}

/** JSON over HTTP to one engine: key, time-outs, and retries where a repeat is safe. */
export class HttpConnection {
  readonly #url: string;
  readonly #exchanger: Exchanger;
  readonly #options: Required<Omit<HttpConnectionOptions, 'url' | 'apiKey' | 'signal'>>;
  readonly #signal: AbortSignal | undefined;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(given: HttpConnectionOptions = {}) {
    const { url: _url, apiKey: _apiKey, signal, ...options } = given;
    const { url, apiKey } = whereAndWho(given, process.env);
    this.#signal = signal;
    this.#url = url.replace(/\/+$/, '');
    this.#exchanger = new Exchanger(this.#url);
    this.#options = {
      timeoutMs: 30_000,
      maxRetries: 4,
      backoffBaseMs: 100,
      backoffMaxMs: 5_000,
      headers: {},
      ...options,
    };
    this.#headers = { ...this.#options.headers, authorization: `Bearer ${apiKey}` };
  }

  async send(given: HttpRequest): Promise<HttpAnswer> {
    const signal = given.signal ?? this.#signal;
    const request = signal === undefined ? given : { ...given, signal };
    signal?.throwIfAborted();
    const repeatable = request.repeatable ?? (request.method === 'GET' || request.method === 'DELETE');
    const maxRetries = request.maxRetries ?? this.#options.maxRetries;
    for (let failures = 0; ; failures += 1) {
      const answer = await this.#try(request);
      if (!(answer instanceof Error)) return answer;
      request.signal?.throwIfAborted();
      if (failures >= maxRetries || !canTryAgain(answer, repeatable)) throw answer;
      await pause(this.#delayMs(answer, failures), request.signal);
      request.signal?.throwIfAborted();
    }
  }

  /** Opens an answer that goes on and on; the caller reads and ends it. */
  async open(path: string, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Response> {
    const response = await fetch(`${this.#url}${path}`, { headers: { ...this.#headers, ...headers }, signal });
    if (response.ok) return response;
    throw problemOf(response.status, response.headers, await response.text());
  }

  async #try(request: HttpRequest): Promise<HttpAnswer | ForgeRunError | ForgeRunUnreachable> {
    const limitMs = (request.timeoutMs ?? this.#options.timeoutMs) + (request.extraTimeoutMs ?? 0);
    try {
      return await withinTime(limitMs, request.signal, (signal) => this.#exchange(request, signal));
    } catch (error) {
      return new ForgeRunUnreachable(`${request.method} ${request.path}: ${causeOf(error)}`, { cause: error });
    }
  }

  async #exchange(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer | ForgeRunError> {
    const { method, path, query, bodyText } = request;
    // A redirect is not followed: it would carry the key to a server the caller never named.
    const { status, headers, text } = await this.#exchanger.exchange(`${this.#url}${path}${queryText(query)}`, {
      method,
      headers: this.#headersFor(request),
      bodyText,
      signal,
    });
    const isGood = (status >= 200 && status < 300) || status === 304;
    return isGood ? { status, headers, text } : problemOf(status, headers, text);
  }

  #headersFor({ bodyText, headers }: HttpRequest): Record<string, string> {
    const type = bodyText === undefined ? {} : { 'content-type': 'application/json' };
    return { ...this.#headers, ...type, accept: 'application/json', ...headers };
  }

  #delayMs(answer: Error, failures: number): number {
    const { backoffBaseMs, backoffMaxMs } = this.#options;
    return Math.max(backoffMs(failures, backoffBaseMs, backoffMaxMs), askedDelayMs(answer));
  }
}

/** The url and the key. Both faults are reported at once: a caller that has set neither wants to know of both. */
function whereAndWho(
  { url, apiKey }: HttpConnectionOptions,
  env: Readonly<Record<string, string | undefined>>,
): { readonly url: string; readonly apiKey: string } {
  const found = { url: url ?? env['FORGERUN_URL'] ?? '', apiKey: apiKey ?? env['FORGERUN_API_KEY'] ?? '' };
  const faults = [
    found.url === '' ? 'no url: give the option url, or set FORGERUN_URL' : null,
    found.url !== '' && !isWebAddress(found.url) ? `the url ${found.url} is no http(s) address` : null,
    found.apiKey === '' ? 'no API key: give the option apiKey, or set FORGERUN_API_KEY' : null,
  ].filter((fault) => fault !== null);
  if (faults.length > 0) throw new TypeError(faults.join('; '));
  return found;
}

const isWebAddress = (url: string): boolean => URL.canParse(url) && ['http:', 'https:'].includes(new URL(url).protocol);

/** Whether to send it again: 429 is answered before anything is done; after the others that is not known. */
function canTryAgain(answer: ForgeRunError | ForgeRunUnreachable, repeatable: boolean): boolean {
  if (!('status' in answer)) return repeatable;
  return answer.status === 429 || (repeatable && [502, 503, 504].includes(answer.status));
}

function queryText(query: HttpRequest['query']): string {
  const pairs = Object.entries(query ?? {}).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)]],
  );
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs).toString()}`;
}

function causeOf(error: unknown): string {
  if (!types.isNativeError(error)) return 'the request failed';
  return types.isNativeError(error.cause) && error.cause.message !== '' ? error.cause.message : error.message;
}
