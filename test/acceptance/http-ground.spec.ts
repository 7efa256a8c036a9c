import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Body, Controller, Module, Post } from '@nestjs/common';
import { createHttpApp, type HttpApp } from '../../src/platform/http/http-server.module.js';
import { problems } from '../../src/platform/http/problems.js';
import { Public } from '../../src/platform/http/route.rules.js';
import { routesWithoutAccess } from '../support/routes-without-access.js';
import { RandomIds } from '../../src/platform/ids/ids.js';
import { exchange, failures, open, problemOf } from './http-ground.fixture.js';

describe('the HTTP ground', () => {
  let http: HttpApp & { readonly url: string };
  const get = async (path: string, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(http.url + path, { headers });
  const post = async (
    path: string,
    body?: string | Uint8Array<ArrayBuffer>,
    headers: Record<string, string> = {},
  ): Promise<Response> =>
    fetch(http.url + path, {
      method: 'POST',
      ...(body === undefined ? {} : { body }),
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    });

  beforeAll(async () => {
    http = await open();
  });
  afterAll(async () => {
    await http.close(1_000);
  });

  it('carries payloads through byte for byte', async () => {
    const payload = '{ "b": 1.10, "a": 12345678901234567890, "é": "\\u00e9" }';
    const reply = await post('/v1/things', `{"work_kind":"a.b","payload": ${payload} }`);
    expect(reply.status).toBe(202);
    expect(reply.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(await reply.text()).toBe(`{"is_thing":true,"payload":${payload}}`);
  });

  it('puts its headers on every answer', async () => {
    for (const path of ['/v1/things', '/v1/nowhere', '/v1/%zz']) {
      const { headers } = await get(path);
      expect(headers.get('x-request-id')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('x-frame-options')).toBe('DENY');
      expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('x-powered-by')).toBeNull();
    }
  });

  it.each(['/%761/things', 'http://x/v1/things', 'https://x.example:1/v1/thing%73'])(
    'holds every rule of a route, however its path is written: %s',
    async (target) => {
      const ask = (line: string): Promise<string> =>
        exchange(http.url, `${line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
      expect(await ask(`GET ${target}`)).toMatch(/^HTTP\/1\.1 200 .*cache-control: no-store/s);
      expect(await ask(`GET ${target}/broken?verbose=1`)).toMatch(/^HTTP\/1\.1 400 .*"pointer":"\/verbose"/s);
      expect(await ask(`PATCH ${target}`)).toMatch(/^HTTP\/1\.1 405 .*allow: GET, HEAD, POST/s);
      expect(await ask(`GET ${target}#limit=1`)).toMatch(/^HTTP\/1\.1 400 .*RFA_REQUEST_MALFORMED/s);
    },
  );

  it('lets nothing be kept of an answer that is not public', async () => {
    expect((await get('/health/live')).headers.get('cache-control')).toBe(null);
    for (const path of ['/nowhere', '/v2/things', '/%zz'])
      expect((await get(path)).headers.get('cache-control')).toBe('no-store');
    expect(await exchange(http.url, 'NONSENSE\r\n\r\n')).toMatch(/cache-control: no-store/);
  });

  it('keeps a caller’s request id if it is sane', async () => {
    expect((await get('/v1/things', { 'x-request-id': 'req:1.A_b-c' })).headers.get('x-request-id')).toBe(
      'req:1.A_b-c',
    );
    for (const odd of ['a b', 'x'.repeat(129), '<script>'])
      expect((await get('/v1/things', { 'x-request-id': odd })).headers.get('x-request-id')).not.toBe(odd);
  });

  it('lists every fault of a body under the code of its room', async () => {
    const problem = await problemOf(await post('/v1/things', '{"work_kind":"A","other":1}'));
    expect(problem).toMatchObject({ status: 400, code: 'RFA_JOB_VALIDATION_FAILED' });
    expect(problem.errors).toEqual(
      expect.arrayContaining([
        { pointer: '/work_kind', detail: 'must match ^[a-z.]+$' },
        { pointer: '/other', detail: 'is not a known field' },
      ]),
    );
  });

  it.each([
    ['broken JSON', '{"a":}'],
    ['depth', '['.repeat(1_500) + ']'.repeat(1_500)],
    ['__proto__', '{"work_kind":"a","__proto__":{"x":1}}'],
    ['a repeated name', '{"work_kind":"a","work_kind":"b"}'],
    ['NUL', '{"work_kind":"a\\u0000"}'],
  ])('refuses %s as malformed', async (_, body) => {
    expect(await problemOf(await post('/v1/things', body))).toMatchObject({
      status: 400,
      code: 'RFA_REQUEST_MALFORMED',
    });
  });

  it('bounds bodies by route', async () => {
    const item = `{"work_kind":"a","payload":"${'x'.repeat(200_000)}"}`;
    const big = `{"jobs":[${Array.from({ length: 8 }, () => item).join(',')}]}`;
    expect((await post('/v1/things/batch', big)).status).toBe(201);
    expect(await problemOf(await post('/v1/things', big))).toMatchObject({
      code: 'RFA_REQUEST_PAYLOAD_TOO_LARGE',
      status: 413,
    });
    const huge = `{"jobs":[${Array.from({ length: 30 }, () => item).join(',')}]}`;
    expect((await post('/v1/things/batch', huge)).status).toBe(413);
    const wide = `{"work_kind":"a","payload":"${'x'.repeat(262_145)}"}`;
    expect(await problemOf(await post('/v1/things', wide))).toMatchObject({
      status: 400,
      errors: [{ pointer: '/payload', detail: 'must be at most 262144 bytes of JSON' }],
    });
  });

  it.each([
    ['another type', { 'content-type': 'text/plain' }],
    ['no type', { 'content-type': '' }],
    ['another charset', { 'content-type': 'application/json; charset=latin1' }],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['a compressed body', { 'content-encoding': 'gzip' }],
  ])('takes plain JSON, not %s', async (_, headers) => {
    const reply = await post('/v1/things', '{"work_kind":"a"}', headers);
    expect(await problemOf(reply)).toMatchObject({ status: 415, code: 'RFA_REQUEST_UNSUPPORTED_MEDIA_TYPE' });
  });

  it('takes JSON in UTF-8 by any of its names', async () => {
    for (const type of ['application/json; charset=utf-8', 'application/json;charset="UTF-8"', 'Application/JSON'])
      expect((await post('/v1/things', '{"work_kind":"a"}', { 'content-type': type })).status).toBe(202);
  });

  it('takes no body for an empty one where nothing is required', async () => {
    expect(await (await post('/v1/things/t1/cancel')).json()).toEqual({ id: 't1', reason: null });
    expect(await (await post('/v1/things/t1/cancel', '', {})).json()).toEqual({ id: 't1', reason: null });
    expect(await (await post('/v1/things/t1/cancel', '{"reason":"r"}')).json()).toEqual({ id: 't1', reason: 'r' });
    expect(await problemOf(await post('/v1/things'))).toMatchObject({
      errors: [{ pointer: '/work_kind', detail: 'is required' }],
    });
    expect((await post('/v1/things/t1/cancel', 'null')).status).toBe(400);
  });

  it('refuses a body where none is asked for, but for an empty object', async () => {
    expect((await post('/v1/things/t1/start')).status).toBe(201);
    expect((await post('/v1/things/t1/start', '{}')).status).toBe(201);
    expect(await problemOf(await post('/v1/things/t1/start', '{"force":true}'))).toMatchObject({ status: 400 });
    expect((await fetch(`${http.url}/v1/things/t1`, { method: 'DELETE' })).status).toBe(200);
  });

  it('checks queries', async () => {
    expect(await (await get('/v1/things?limit=7')).json()).toEqual({ limit: 7 });
    expect(await (await get('/v1/things')).json()).toEqual({ limit: 50 });
    for (const query of ['limit=0', 'limit=x', 'limit=1&limit=2', 'page=2', '__proto__=1', 'limit=%zz', 'limit=%ff'])
      expect(await problemOf(await get(`/v1/things?${query}`))).toMatchObject({
        status: 400,
        code: 'RFA_REQUEST_MALFORMED',
      });
    expect(await problemOf(await get('/v1/things/broken?verbose=1'))).toMatchObject({
      status: 400,
      errors: [{ pointer: '/verbose', detail: 'is not a known parameter' }],
    });
    expect((await get('/health/live?t=1')).status).toBe(200);
  });

  it.each([
    '/v1/Things',
    '/v1/things/',
    '//v1/things',
    '/v1/./nowhere',
    '/v1;/things',
    '/',
    `/v1/things/refused/${'x'.repeat(600)}`,
  ])('has one way to write a path: %s is not one', async (path) => {
    const answer = await exchange(http.url, `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 404 .*RFA_REQUEST_NOT_FOUND/s);
  });

  it('tells a wrong method from a wrong path', async () => {
    const reply = await fetch(`${http.url}/v1/things/t1/cancel`, { method: 'PATCH' });
    expect(reply.headers.get('allow')).toBe('POST');
    expect(await problemOf(reply)).toMatchObject({ status: 405, code: 'RFA_REQUEST_METHOD_NOT_ALLOWED' });
    const options = await fetch(`${http.url}/v1/things`, { method: 'OPTIONS' });
    expect([options.status, options.headers.get('allow')]).toEqual([405, 'GET, HEAD, POST']);
    const overridden = await post('/v1/things/t1', undefined, { 'x-http-method-override': 'DELETE' });
    expect(overridden.status).toBe(405);
  });

  it('answers in JSON or not at all', async () => {
    for (const accept of [
      '*/*',
      'application/*',
      'text/html, application/problem+json;q=0.1',
      'application/json; q=0.5',
    ])
      expect((await get('/v1/things', { accept })).status).toBe(200);
    for (const accept of ['text/html', 'application/xml, text/*', 'text/event-stream', '*/*;q=0'])
      expect(await problemOf(await get('/v1/things', { accept }))).toMatchObject({
        status: 406,
        code: 'RFA_REQUEST_NOT_ACCEPTABLE',
      });
    expect((await get('/v1/things/stream', { accept: 'text/event-stream' })).status).toBe(200);
  });

  it.each([
    ['invalid', 400],
    ['unauthenticated', 401],
    ['forbidden', 403],
    ['not-found', 404],
    ['conflict', 409],
    ['too-large', 413],
    ['too-much', 429],
    ['unavailable', 503],
    ['timeout', 504],
  ])('answers a refusal that is %s with %i', async (kind, status) => {
    const reply = await get(`/v1/things/refused/${kind}`);
    expect(await problemOf(reply)).toMatchObject({
      status,
      code: 'RFA_JOB_CONFLICT',
      detail: `It is refused as ${kind}.`,
    });
    expect(reply.headers.get('retry-after')).toBe(status === 429 || status === 503 ? '2' : null);
    expect(reply.headers.get('www-authenticate')).toBe(status === 401 ? 'Bearer realm="forgerun"' : null);
  });

  it.each([
    ['unavailable', 503],
    ['too-much', 429],
    ['not-found', 404],
  ])('tells a stream that comes back and is refused as %s to come again, where that may help', async (kind, status) => {
    const accept = 'text/event-stream, application/json';
    const path = `/v1/things/stream/refused/${kind}`;
    expect((await get(path, { accept })).status).toBe(status);
    const back = await get(path, { accept, 'last-event-id': '7' });
    if (status === 404) expect(await problemOf(back)).toMatchObject({ status });
    else {
      expect([back.status, back.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
      expect(await back.text()).toBe('retry: 2000\n\n');
    }
  });

  it('keeps to itself what broke, and says it once to the log', async () => {
    failures.length = 0;
    const reply = await get('/v1/things/broken', { 'x-request-id': 'r-1' });
    const problem = await problemOf(reply);
    expect(problem).toMatchObject({ status: 500, code: 'RFA_INTERNAL' });
    expect(JSON.stringify(problem)).not.toMatch(/SELECT|secret|at /);
    expect(failures).toEqual([
      {
        error: new Error('select secret from inside'),
        request: { requestId: 'r-1', method: 'GET', route: '/v1/things/broken' },
      },
    ]);
  });

  it('knows who calls and why', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const reply = (await (await get('/v1/things/caller', { traceparent })).json()) as { cause: object };
    expect(reply).toMatchObject({
      client_id: 'client-1',
      cause: { actor: 'key:key-1', correlationId: 'c1', causationId: null, traceparent },
    });
    const later = `cc${traceparent.slice(2, -2)}0b-what-comes-then`;
    expect(await (await get('/v1/things/caller', { traceparent: later })).json()).toMatchObject({
      cause: { traceparent },
    });
    expect(await (await get('/v1/things/caller', { traceparent: '00-bad' })).json()).toMatchObject({
      cause: { traceparent: null },
    });
  });

  it('lists the routes that forgot to say who may call them', async () => {
    expect(routesWithoutAccess(http.routes)).toEqual(['HealthController.forgotten']);
    expect((await get('/health/forgotten')).status).toBe(403);
  });

  it('explains every problem to people and programs', async () => {
    const { items } = (await (await get('/problems')).json()) as { items: { code: string }[] };
    expect(items.map(({ code }) => code)).toEqual(Object.keys(problems));
    expect(await (await get('/problems/RFA_JOB_LEASE_LOST')).json()).toMatchObject({
      code: 'RFA_JOB_LEASE_LOST',
      status: 409,
    });
    const page = await get('/problems/RFA_JOB_LEASE_LOST', { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' });
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(await page.text()).toContain('RFA_JOB_LEASE_LOST');
    expect(await problemOf(await get('/problems/toString'))).toMatchObject({ status: 404 });
  });

  it('answers what is hardly HTTP with a problem too', async () => {
    const nonsense = await exchange(http.url, 'NONSENSE\r\n\r\n');
    expect(nonsense).toMatch(/^HTTP\/1\.1 400 .*x-request-id: .*application\/problem\+json.*RFA_REQUEST_MALFORMED/s);
    const wordy = await exchange(http.url, `GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`);
    expect(wordy).toMatch(/^HTTP\/1\.1 431 .*RFA_REQUEST_MALFORMED/s);
    const far = await exchange(
      http.url,
      `GET /v1/things?${'a'.repeat(8_200)} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
    );
    expect(far).toMatch(/^HTTP\/1\.1 414 .*RFA_REQUEST_MALFORMED/s);
    const smuggled = await exchange(
      http.url,
      'POST /v1/things HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    );
    expect(smuggled).toMatch(/^HTTP\/1\.1 400 /);
  });

  it.each([
    ['no version', 'GET /health/live\r\n\r\n', 400],
    ['version 0.9', 'GET /health/live HTTP/0.9\r\n\r\n', 400],
    ['version 2.0', 'GET /health/live HTTP/2.0\r\nHost: x\r\nConnection: close\r\n\r\n', 400],
    ['no Host', 'GET /health/live HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
    ['two Hosts', 'GET /health/live HTTP/1.1\r\nHost: x\r\nhost: y\r\nConnection: close\r\n\r\n', 400],
    ['an expectation', 'GET /health/live HTTP/1.1\r\nHost: x\r\nExpect: more\r\nConnection: close\r\n\r\n', 417],
    ['CONNECT', 'CONNECT inside:5432 HTTP/1.1\r\nHost: inside:5432\r\n\r\n', 400],
  ])('refuses a request with %s, with a problem', async (_, text, status) => {
    const answer = await exchange(http.url, text);
    expect(answer).toMatch(/^HTTP\/1\.1 [^]*x-request-id: [^]*application\/problem\+json[^]*RFA_REQUEST_MALFORMED/);
    expect(answer.slice(0, 12)).toBe(`HTTP/1.1 ${status}`);
  });

  it('takes a request of HTTP/1.0, which names no host, and one that waits to be told to go on', async () => {
    expect(await exchange(http.url, 'GET /health/live HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 200 /);
    const patient =
      'POST /v1/things/t1/cancel HTTP/1.1\r\nHost: x\r\nExpect: 100-Continue\r\nContent-Type: application/json\r\n' +
      'Content-Length: 2\r\nConnection: close\r\n\r\n{}';
    expect(await exchange(http.url, patient)).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 /);
  });

  it('refuses to start with a body that no class describes', async () => {
    @Controller('v1/loose')
    class LooseController {
      @Post()
      @Public()
      take(@Body() body: unknown): unknown {
        return body;
      }
    }
    @Module({ controllers: [LooseController] })
    class LooseModule {}
    const options = { ids: new RandomIds(), onFailure: () => undefined };
    await expect(createHttpApp(LooseModule, options)).rejects.toThrow('LooseController.take takes a body');
  });
});
