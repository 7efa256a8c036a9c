import { createServer, type IncomingHttpHeaders, type RequestListener, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Api } from '../support/api.js';
import { type Engine, startTestEngine } from '../support/engine.js';

let engine: Engine;
let api: Api;
let server: Server;
let inside: Server;
let target: string;
let insideRequests = 0;
const seen: { path: string; method: string; headers: IncomingHttpHeaders; body: string }[] = [];
let times = 0;

const answers: Readonly<Record<string, RequestListener>> = {
  '/ok': (_request, response) => response.writeHead(200, { 'x-answer': 'yes' }).end('{"a":"ü"}'),
  '/binary': (_request, response) => response.end(Buffer.from([0, 255, 1])),
  '/long': (_request, response) => response.end('x'.repeat(100_000)),
  '/escapes': (_request, response) => response.end('\u0001'.repeat(60_000)),
  '/missing': (_request, response) => response.writeHead(404).end(),
  '/redirect': (_request, response) =>
    response.writeHead(302, { location: `http://127.0.0.1:${portOf(inside)}/` }).end(),
  '/busy-once': (_request, response) => {
    times += 1;
    response.writeHead(times === 1 ? 503 : 200, { 'retry-after': '0' }).end();
  },
  '/later': (_request, response) => response.writeHead(429, { 'retry-after': '3600' }).end(),
  '/never': () => undefined,
  '/short': (_request, response) => {
    response.writeHead(200, { 'content-length': '100' });
    response.write('a', () => response.destroy());
  },
  '/cookies': (_request, response) => response.writeHead(200, { 'set-cookie': ['a=1', 'b=2; Path=/'] }).end(),
  '/cookie': (_request, response) => response.writeHead(200, { 'set-cookie': 'a=1' }).end(),
};

const portOf = (of: Server): number => (of.address() as AddressInfo).port;

beforeAll(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { url: path = '', method = '', headers } = request;
      seen.push({ path, method, headers, body: Buffer.concat(chunks).toString() });
      answers[path]?.(request, response);
    });
  });
  inside = createServer((_request, response) => {
    insideRequests += 1;
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.2', resolve));
  await new Promise<void>((resolve) => inside.listen(0, '127.0.0.1', resolve));
  target = `http://127.0.0.2:${portOf(server)}`;
  engine = await startTestEngine({ env: { FORGERUN_EGRESS_ALLOW: '127.0.0.2/32' } });
  ({ api } = await engine.api.newClient());
}, 240_000);

afterAll(async () => {
  await engine.stop();
  expect(insideRequests).toBe(0);
  for (const each of [server, inside]) {
    each.closeAllConnections();
    await new Promise((resolve) => each.close(resolve));
  }
});

type Job = {
  readonly state: string;
  readonly attempt: number;
  readonly result: unknown;
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly next_retry_at: string | null;
};

async function run(
  payload: object,
  more: object = {},
  holds = ({ state, next_retry_at }: Job): boolean =>
    state === 'SUCCEEDED' || (state === 'FAILED' && next_retry_at === null),
): Promise<Job> {
  const submitted = await api.post('/v1/jobs', { type: 'EXECUTE', work_kind: 'HTTP_REQUEST', payload, ...more });
  if (submitted.status !== 202) throw new Error(submitted.text);
  const path = `/v1/jobs/${String(submitted.body['job_id'])}`;
  return (await api.until<Job>(path, ({ body }) => holds(body))).body;
}

const once = { retry: { max_attempts: 1 } };

describe('an HTTP_REQUEST job', () => {
  it('may take as long as a job may: 30 days', async () => {
    const job = await run({ method: 'GET', url: `${target}/ok` }, { timeouts: { execution_ms: 30 * 86_400_000 } });
    expect(job).toMatchObject({ state: 'SUCCEEDED', attempt: 1 });
  });

  it('calls its target and keeps the answer', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const submitted = await api.post(
      '/v1/jobs',
      {
        type: 'EXECUTE',
        work_kind: 'HTTP_REQUEST',
        payload: { method: 'PUT', url: `${target}/ok`, headers: { 'X-Mine': 'a' }, body: { n: 1 } },
      },
      { traceparent },
    );
    const path = `/v1/jobs/${String(submitted.body['job_id'])}`;
    const { body } = await api.until<Job>(path, (answer) => answer.body.state === 'SUCCEEDED');
    expect(body.result).toMatchObject({
      status: 200,
      headers: { 'x-answer': 'yes' },
      body: '{"a":"ü"}',
      truncated: false,
    });
    const request = seen.findLast((each) => each.path === '/ok');
    expect(request).toMatchObject({
      method: 'PUT',
      body: '{"n":1}',
      headers: { 'x-mine': 'a', 'content-type': 'application/json' },
    });
    expect(request?.headers['traceparent']).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-/);
  });

  it('keeps bytes that are no text in base64, and no more than 64 KiB', async () => {
    const binary = await run({ method: 'GET', url: `${target}/binary` });
    expect(binary.result).toMatchObject({ body: 'AP8B', body_encoding: 'base64' });
    const long = await run({ method: 'GET', url: `${target}/long` });
    expect(long.result).toMatchObject({ body: 'x'.repeat(65_536), truncated: true });
    expect((await run({ method: 'GET', url: `${target}/escapes` })).result).toMatchObject({ body_encoding: 'base64' });
  });

  it('keeps every cookie of its answer apart, in a list', async () => {
    const cookiesOf = async (path: string): Promise<unknown> =>
      ((await run({ method: 'GET', url: `${target}${path}` })).result as { headers: Record<string, unknown> }).headers[
        'set-cookie'
      ];
    expect(await cookiesOf('/cookies')).toEqual(['a=1', 'b=2; Path=/']);
    expect(await cookiesOf('/cookie')).toEqual(['a=1']);
    expect(await cookiesOf('/ok')).toBe(undefined);
  });

  it('fails where its answer breaks off, since the body is what it was made for', async () => {
    const job = await run({ method: 'GET', url: `${target}/short` }, once);
    expect(job).toMatchObject({ state: 'FAILED', error: { code: 'HTTP_NO_ANSWER' } });
  });

  it('fails for good on a status that a retry would not change, unless it is expected', async () => {
    const missing = await run({ method: 'GET', url: `${target}/missing` });
    expect(missing).toMatchObject({ state: 'FAILED', attempt: 1, error: { code: 'HTTP_STATUS' } });
    const expected = await run({ method: 'GET', url: `${target}/missing`, expect_status: 404 });
    expect(expected).toMatchObject({ state: 'SUCCEEDED', result: { status: 404 } });
    const unexpected = await run({ method: 'GET', url: `${target}/ok`, expect_status: [201] });
    expect(unexpected).toMatchObject({ state: 'FAILED', attempt: 1 });
  });

  it('follows no redirect', async () => {
    const redirected = await run({ method: 'GET', url: `${target}/redirect` });
    expect(redirected).toMatchObject({ state: 'FAILED', attempt: 1 });
  });

  it('is tried again when its target is busy, and when it asked', async () => {
    const busy = await run({ method: 'POST', url: `${target}/busy-once` }, { retry: { backoff_base_ms: 10 } });
    expect(busy).toMatchObject({ state: 'SUCCEEDED', attempt: 2 });
    const later = await run({ method: 'POST', url: `${target}/later` }, {}, (job) => job.next_retry_at !== null);
    expect(Date.parse(String(later.next_retry_at)) - Date.now()).toBeGreaterThan(3_000_000);
  });

  it('fails retryably when nobody answers in time, or at all', async () => {
    const silent = await run({ method: 'GET', url: `${target}/never` }, { ...once, timeouts: { execution_ms: 1_000 } });
    // Where the machine stands still for a tenth of a second the attempt's own end is first, and is as retryable.
    expect(['HTTP_NO_ANSWER', 'timeout']).toContain(silent.error?.code);
    expect(silent.state).toBe('FAILED');
    const closed = await run({ method: 'GET', url: 'http://127.0.0.2:1/' }, once);
    expect(closed).toMatchObject({ state: 'FAILED', error: { message: 'no answer: refused' } });
  });

  it('goes nowhere inside, whatever a name resolves to', async () => {
    const blocked = await run({ method: 'GET', url: `http://localhost:${portOf(inside)}/` });
    expect(blocked).toMatchObject({ state: 'FAILED', attempt: 1, error: { code: 'HTTP_BLOCKED' } });
  });
});
