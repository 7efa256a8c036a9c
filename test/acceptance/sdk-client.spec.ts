import { afterEach, describe, expect, it } from '@jest/globals';
import {
  ForgeRunClient,
  ForgeRunError,
  ForgeRunUnreachable,
  type HttpConnectionOptions,
} from '../../src/sdk/client.js';
import { HttpLeaseSource } from '../../src/sdk/worker.js';
import { type Answer, type Asked, Gatekeeper, problem } from './sdk-gatekeeper.js';

let gatekeeper: Gatekeeper | null = null;

afterEach(() => gatekeeper?.close());

const variables = ['FORGERUN_URL', 'FORGERUN_API_KEY'] as const;

/** Runs with these two in the environment, and puts back what was there. */
async function withEnvironment(
  values: readonly (string | undefined)[],
  act: () => Promise<void> | void,
): Promise<void> {
  const before = variables.map((name) => process.env[name]);
  const set = (to: readonly (string | undefined)[]): void => {
    variables.forEach((name, index) => {
      const value = to[index];
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    });
  };
  set(values);
  try {
    await act();
  } finally {
    set(before);
  }
}

async function clientOf(
  answer: (asked: Asked, count: number) => Answer,
  options: Partial<HttpConnectionOptions> = {},
): Promise<{ client: ForgeRunClient; asked: readonly Asked[]; paths: () => readonly string[] }> {
  let count = 0;
  const opened = new Gatekeeper((asked) => answer(asked, (count += 1)));
  gatekeeper = opened;
  const client = new ForgeRunClient({ url: await opened.open(), apiKey: 'frk_test', backoffBaseMs: 1, ...options });
  return { client, asked: opened.asked, paths: () => opened.paths() };
}

const accepted: Answer = {
  status: 202,
  headers: { 'forgerun-position': 'p7' },
  body: { job_id: 'j1', state: 'QUEUED', created_at: '2026-01-31T08:00:00.000Z' },
};

describe('the client', () => {
  it('takes url and key from the environment, and rather from its options', async () => {
    const opened = new Gatekeeper(() => ({ body: { job_id: 'j1' } }));
    gatekeeper = opened;
    const url = await opened.open();
    await withEnvironment([url, 'frk_env'], async () => {
      await new ForgeRunClient().jobs.get('j1');
      await new ForgeRunClient({ apiKey: 'frk_told' }).jobs.get('j1');
      await withEnvironment(['http://127.0.0.1:1', 'frk_env'], async () => {
        await new ForgeRunClient({ url }).jobs.get('j1');
      });
    });
    expect(opened.asked.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer frk_env',
      'Bearer frk_told',
      'Bearer frk_env',
    ]);
  });

  it('names option and variable of what it lacks, all at once', async () => {
    const both =
      'no url: give the option url, or set FORGERUN_URL; no API key: give the option apiKey, or set FORGERUN_API_KEY';
    await withEnvironment([undefined, ''], () => {
      expect(() => new ForgeRunClient({})).toThrow(both);
      expect(() => new HttpLeaseSource()).toThrow(both);
      expect(() => new ForgeRunClient({ url: '127.0.0.1:8080', apiKey: 'k' })).toThrow(
        'the url 127.0.0.1:8080 is no http(s) address',
      );
    });
  });

  it('speaks snake_case on the wire and leaves payloads alone', async () => {
    const { client, asked } = await clientOf(() => accepted);
    const payload = { camelCase: 1, snake_case: [{ aB: 2 }] };
    const submitted = await client.jobs.submit({ type: 'EXECUTE', workKind: 'email.send', payload });
    expect(submitted).toMatchObject({ jobId: 'j1', state: 'QUEUED', replayed: false, position: 'p7' });
    expect(asked[0]).toMatchObject({
      method: 'POST',
      path: '/v1/jobs',
      body: { type: 'EXECUTE', work_kind: 'email.send', payload },
    });
    expect(asked[0]?.headers.authorization).toBe('Bearer frk_test');
  });

  it('asks what a job waits for', async () => {
    const waiting_for = [{ kind: 'retry', text: 'in a while', event_id: 'e1' }];
    const { client, paths } = await clientOf(() => ({ body: { state: 'FAILED', waiting_for } }));
    expect(await client.jobs.why('j 1')).toEqual({
      state: 'FAILED',
      waitingFor: [{ kind: 'retry', text: 'in a while', eventId: 'e1' }],
    });
    expect(paths()).toEqual(['GET /v1/jobs/j%201/why']);
  });

  it('repeats a submit under the same key after cut connections and 503', async () => {
    const { client, asked } = await clientOf((_, count) => {
      if (count === 1) return { cut: true };
      return count === 2 ? problem(503, 'RFA_STORAGE_UNAVAILABLE') : accepted;
    });
    await client.jobs.submit({ type: 'EXECUTE', workKind: 'email.send' });
    const keys = asked.map(({ body }) => body.idempotency_key);
    expect(keys).toHaveLength(3);
    expect(new Set(keys).size).toBe(1);
    expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('waits as long as Retry-After says', async () => {
    const { client } = await clientOf((_, count) =>
      count === 1 ? { ...problem(429, 'RFA_REQUEST_RATE_LIMITED'), headers: { 'retry-after': '1' } } : accepted,
    );
    const startedAt = performance.now();
    await client.jobs.submit({ type: 'EXECUTE', workKind: 'email.send' });
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(950);
  });

  it('does not repeat what might have been done and must not be done twice', async () => {
    const { client, asked } = await clientOf(() => ({ cut: true }));
    await expect(client.schedules.trigger('s1')).rejects.toThrow(ForgeRunUnreachable);
    expect(asked).toHaveLength(1);
  });

  it('gives up after its retries', async () => {
    const { client, asked } = await clientOf(() => ({ cut: true }), { maxRetries: 2 });
    await expect(client.jobs.get('j1')).rejects.toThrow(ForgeRunUnreachable);
    expect(asked).toHaveLength(3);
  });

  it('turns a problem document into an error with all its faults', async () => {
    const errors = [{ pointer: '/priority', detail: 'must be at most 9' }];
    const { client, asked } = await clientOf(() => problem(400, 'RFA_JOB_VALIDATION_FAILED', { errors }));
    const error: unknown = await client.jobs.submit({ type: 'EXECUTE' }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ForgeRunError);
    expect(error).toMatchObject({
      status: 400,
      code: 'RFA_JOB_VALIDATION_FAILED',
      detail: 'because of RFA_JOB_VALIDATION_FAILED',
      errors,
      requestId: 'r1',
      retryAfterMs: null,
    });
    expect(asked).toHaveLength(1);
  });

  it('tells an answer that is no problem document by its status', async () => {
    const { client } = await clientOf(() => ({ status: 418, body: '<html>' }));
    await expect(client.jobs.get('j1')).rejects.toMatchObject({ status: 418, code: 'HTTP_418' });
  });

  it('ends a request that takes too long', async () => {
    const opened = new Gatekeeper(() => new Promise(() => undefined));
    gatekeeper = opened;
    const client = new ForgeRunClient({ url: await opened.open(), apiKey: 'k', timeoutMs: 50, maxRetries: 0 });
    await expect(client.jobs.get('j1')).rejects.toThrow('no answer within 50 ms');
  });

  it('says why it was not reached', async () => {
    const opened = new Gatekeeper(() => ({ status: 200, body: '{}' }));
    gatekeeper = opened;
    const url = await opened.open();
    await opened.close();
    const client = new ForgeRunClient({ url, apiKey: 'k', maxRetries: 0 });
    await expect(client.jobs.get('j1')).rejects.toThrow(/ECONNREFUSED/);
  });

  it('walks a list over its cursors', async () => {
    const { client, paths } = await clientOf(({ path }) =>
      path.includes('cursor')
        ? { body: { items: [{ job_id: 'c' }], next_cursor: null } }
        : { body: { items: [{ job_id: 'a' }, { job_id: 'b' }], next_cursor: 'x y' } },
    );
    const seen: string[] = [];
    for await (const { jobId } of client.jobs.list({ workKind: 'email.send', tag: 'k:v' })) seen.push(jobId);
    expect(seen).toEqual(['a', 'b', 'c']);
    expect(paths()).toEqual([
      'GET /v1/jobs?work_kind=email.send&tag=k%3Av',
      'GET /v1/jobs?work_kind=email.send&tag=k%3Av&cursor=x+y',
    ]);
  });

  it('lists every queue, whatever the size of a page', async () => {
    const { client, paths } = await clientOf(({ path }) =>
      path.includes('cursor')
        ? { body: { items: [{ queue: 'b', max_running: 2 }], next_cursor: null } }
        : { body: { items: [{ queue: 'a', max_running: null }], next_cursor: 'more' } },
    );
    expect(await client.queues.list()).toEqual([
      { queue: 'a', maxRunning: null },
      { queue: 'b', maxRunning: 2 },
    ]);
    expect(paths()).toEqual(['GET /v1/queues', 'GET /v1/queues?cursor=more']);
  });

  it('asks for a job as it was, and for one that knows of an earlier write', async () => {
    const { client, asked } = await clientOf(() => ({ body: { job_id: 'j1' } }));
    await client.jobs.get('j/1', { asOf: 3, minPosition: 'p7' });
    expect(asked[0]?.path).toBe('/v1/jobs/j%2F1?as_of=3');
    expect(asked[0]?.headers['forgerun-min-position']).toBe('p7');
  });

  it('waits for a job past a failure that has a retry to come', async () => {
    const looks = [
      { state: 'RUNNING', outcome: null, next_retry_at: null },
      { state: 'FAILED', outcome: null, next_retry_at: '2026-01-31T08:00:00.000Z' },
      { state: 'SUCCEEDED', outcome: 'SUCCESS', next_retry_at: null, result: { a_b: 1 } },
    ];
    const { client } = await clientOf((_, count) => ({ body: looks[count - 1] }));
    expect(await client.jobs.waitFor('j1')).toMatchObject({ state: 'SUCCEEDED', result: { a_b: 1 } });
  });

  it('stops waiting when the time is over', async () => {
    const { client } = await clientOf(() => ({ body: { state: 'RUNNING', outcome: null, next_retry_at: null } }));
    await expect(client.jobs.waitFor('j1', { timeoutMs: 30 })).rejects.toThrow('still RUNNING');
  });

  it('follows a job and resumes after a lost connection where it was', async () => {
    const stop = new AbortController();
    const event = (revision: number): string => `id: ${revision}\ndata: {"revision":${revision},\ndata: "data":{}}\n\n`;
    const headers = { 'content-type': 'text/event-stream' };
    const { client, asked } = await clientOf((_, count) => ({
      headers,
      body: count === 1 ? `: hello\n\n${event(0)}${event(1)}` : event(2),
    }));
    const seen: number[] = [];
    for await (const { revision } of client.jobs.tail('j1', stop.signal)) {
      seen.push(revision);
      if (revision === 2) stop.abort();
    }
    expect(seen).toEqual([0, 1, 2]);
    expect(asked.map(({ headers: sent }) => sent['last-event-id'])).toEqual([undefined, '1']);
  });

  it('follows a job to its end, and beyond it where it is asked to', async () => {
    const { client, paths } = await clientOf((_, count) =>
      count === 2
        ? { status: 204 }
        : { headers: { 'content-type': 'text/event-stream' }, body: 'id: 0\ndata: {"revision":0}\n\n' },
    );
    const seen: number[] = [];
    for await (const { revision } of client.jobs.tail('j1', new AbortController().signal)) seen.push(revision);
    expect(seen).toEqual([0]);
    const stop = new AbortController();
    for await (const { revision } of client.jobs.tail('j1', stop.signal, { follow: true })) {
      expect(revision).toBe(0);
      stop.abort();
    }
    const path = 'GET /v1/jobs/j1/events';
    expect(paths()).toEqual([path, path, `${path}?follow=true`]);
  });

  const filter = { types: ['JobCreated', 'JobFailed'], from: '7' };
  const asFilter = 'types=JobCreated%2CJobFailed';

  it('walks the events of all jobs', async () => {
    const pages = [
      { items: [{ revision: 0 }], next_cursor: 'c1' },
      { items: [{ revision: 1 }], next_cursor: null },
    ];
    const { client, paths } = await clientOf((_, count) => ({ body: pages[count - 1] ?? {} }));
    const seen: number[] = [];
    for await (const { revision } of client.events.list(filter)) seen.push(revision);
    expect(seen).toEqual([0, 1]);
    expect(paths()).toEqual([`GET /v1/events?${asFilter}&from=7`, `GET /v1/events?${asFilter}&cursor=c1`]);
  });

  it('follows the events of all jobs, and resumes where it was', async () => {
    const { client, asked, paths } = await clientOf((_, count) => ({
      headers: { 'content-type': 'text/event-stream' },
      body: `id: ${count}\ndata: {"revision":${count}}\n\n`,
    }));
    const stop = new AbortController();
    for await (const { revision } of client.events.tail(stop.signal, filter)) if (revision === 2) stop.abort();
    expect(paths()).toEqual(Array(2).fill(`GET /v1/events?${asFilter}&from=7`));
    expect(asked.map(({ headers: sent }) => sent['last-event-id'])).toEqual([undefined, '1']);
  });

  it('gives every job of a batch a key of its own', async () => {
    const { client, asked } = await clientOf(() => ({ body: { items: [{ index: 0, status: 202, job_id: 'a' }] } }));
    const items = await client.jobs.submitMany([{ type: 'EXECUTE' }, { type: 'EXECUTE', idempotencyKey: 'mine' }]);
    expect(items).toEqual([{ index: 0, status: 202, jobId: 'a' }]);
    expect(asked[0]?.body).toMatchObject({
      jobs: [{ idempotency_key: expect.any(String) }, { idempotency_key: 'mine' }],
    });
  });
});
