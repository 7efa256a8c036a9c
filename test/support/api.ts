import { setTimeout as pause } from 'node:timers/promises';
import { pauseAfter } from './until.js';

/** The operator's key in every engine a test starts. */
export const adminKey = 'an-admin-key-for-tests';

/** Part of the payload of every job that a test gives none; it must show up in no log, trace, metadata or error. */
export const plantedPayload = 'planted-payload-for-tests';

export interface ApiAnswer<Body = Record<string, never>> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
  readonly text: string;
}

// A test knows what it asked for; the shape of an answer is what it is about to check.
type Loose = { readonly [name: string]: Loose } & readonly Loose[] & string & number & boolean & null;

/** Plain HTTP with a key: nothing of the SDK, so that a test sees what a stranger sees. */
export class Api {
  constructor(
    readonly url: string,
    readonly key: string | null,
    private readonly headers: Readonly<Record<string, string>> = {},
  ) {}

  /** The same engine, asked with another key. */
  as(key: string | null): Api {
    return new Api(this.url, key, this.headers);
  }

  /** The same caller, at another node. */
  at(url: string): Api {
    return new Api(url, this.key, this.headers);
  }

  with(headers: Readonly<Record<string, string>>): Api {
    return new Api(this.url, this.key, { ...this.headers, ...headers });
  }

  get<Body = Loose>(path: string, headers: Readonly<Record<string, string>> = {}): Promise<ApiAnswer<Body>> {
    return this.call<Body>('GET', path, undefined, headers);
  }

  post<Body = Loose>(
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<ApiAnswer<Body>> {
    return this.call<Body>('POST', path, planted(path, body), headers);
  }

  async call<Body = Loose>(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<ApiAnswer<Body>> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        ...(this.key === null ? {} : { authorization: `Bearer ${this.key}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...this.headers,
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    if (response.status >= 400 && text.includes(plantedPayload))
      throw new Error(`${method} ${path} answered with what was planted: ${text}`);
    const isJson = (response.headers.get('content-type') ?? '').includes('json');
    return {
      status: response.status,
      headers: response.headers,
      body: (isJson && text !== '' ? JSON.parse(text) : {}) as Body,
      text,
    };
  }

  /** A new client and a key of its own. */
  async newClient(scopes: readonly string[] = ['client']): Promise<{ clientId: string; api: Api }> {
    const made = await this.#made('/v1/clients', () => ({ name: 'a client' }));
    const clientId = String(made['client_id']);
    // A key whose answer did not come is there, and is not shown again.
    const key = await this.#made(`/v1/clients/${clientId}/keys`, (tries) =>
      tries === 1 ? { scopes } : { name: `try ${tries}`, scopes },
    );
    return { clientId, api: this.as(String(key['api_key'])) };
  }

  /** Asks again while a busy machine cannot answer in time. */
  async #made(path: string, body: (tries: number) => object): Promise<Loose> {
    for (let tries = 1; ; tries += 1) {
      const answer = await this.post(path, body(tries));
      if (answer.status === 201) return answer.body;
      if (answer.status !== 503 || tries === 20) throw new Error(`${path}: ${answer.status} ${answer.text}`);
      await pause(200);
    }
  }

  /** Asks again until the answer is as wanted; fails with the last one after a generous while. */
  async until<Body = Loose>(
    path: string,
    holds: (answer: ApiAnswer<Body>) => boolean,
    withinMs = 200_000,
  ): Promise<ApiAnswer<Body>> {
    const began = performance.now();
    for (;;) {
      const answer = await this.get<Body>(path);
      if (holdsOf(answer, holds)) return answer;
      const waitedMs = performance.now() - began;
      if (waitedMs > withinMs) throw new Error(`${path} stayed at ${answer.status} ${answer.text}`);
      await pause(pauseAfter(waitedMs));
    }
  }
}

/** What a busy node answers with 5xx has nothing to look into. */
function holdsOf<Body>(answer: ApiAnswer<Body>, holds: (answer: ApiAnswer<Body>) => boolean): boolean {
  try {
    return holds(answer);
  } catch (error) {
    if (answer.status >= 500) return false;
    throw error;
  }
}

function planted(path: string, body: unknown): unknown {
  if (typeof body !== 'object' || body === null) return body;
  if (path === '/v1/jobs') return { payload: { [plantedPayload]: plantedPayload }, ...body };
  if (path !== '/v1/jobs/batch' || !('jobs' in body) || !Array.isArray(body.jobs)) return body;
  return { ...body, jobs: body.jobs.map((job: unknown) => planted('/v1/jobs', job)) };
}
