import { describe, expect, it } from '@jest/globals';
import { exchange, nextArrival, open, problemOf, started } from './http-ground.fixture.js';

describe('a slow request', () => {
  it('is cut off with 408', async () => {
    const http = await open({ headersMs: 100, requestMs: 200, checkEveryMs: 25 });
    const [head, body] = await Promise.all([
      exchange(http.url, 'GET /v1/things HTTP/1.1\r\nHost: x\r\n'),
      exchange(
        http.url,
        'POST /v1/things HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{',
      ),
    ]);
    expect(head).toMatch(/^HTTP\/1\.1 408 .*RFA_REQUEST_MALFORMED/s);
    expect(body).toMatch(/^HTTP\/1\.1 408 /);
    await http.close(100);
  });
});

describe('a stop', () => {
  it('lets running requests finish and refuses new ones', async () => {
    const http = await open();
    const arrival = nextArrival();
    const running = fetch(`${http.url}/v1/things/slow`);
    await arrival;
    http.beginDrain();
    const refused = await fetch(`${http.url}/v1/things`);
    expect(refused.headers.get('connection')).toBe('close');
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(await problemOf(refused)).toMatchObject({ status: 503, code: 'RFA_EXEC_WORKER_UNAVAILABLE' });
    expect((await fetch(`${http.url}/health/live`)).status).toBe(200);
    const closed = http.close(10_000);
    for (const finish of started) finish();
    expect(await (await running).json()).toEqual({ done: true });
    await closed;
    await expect(fetch(`${http.url}/health/live`)).rejects.toThrow();
  });

  it('meets an event stream with an end and a time to come back, never with a status that ends it for good', async () => {
    const http = await open();
    http.beginDrain();
    const path = `${http.url}/v1/things/stream`;
    for (const reader of [{}, { 'last-event-id': '7' }]) {
      const answer = await fetch(path, { headers: { accept: 'text/event-stream', ...reader } });
      expect([answer.status, answer.headers.get('connection')]).toEqual([200, 'close']);
      expect(answer.headers.get('content-type')).toBe('text/event-stream');
      expect(await answer.text()).toBe('retry: 1000\n\n');
    }
    expect((await fetch(path, { headers: { accept: 'application/json' } })).status).toBe(503);
    expect((await fetch(`${http.url}/v1/things`, { headers: { accept: 'text/event-stream' } })).status).toBe(503);
    await http.close(1_000);
  });

  it('counts right, whatever became of the requests before', async () => {
    const http = await open();
    await fetch(`${http.url}/v1/%zz`);
    await fetch(`${http.url}/nowhere`, { method: 'POST', body: '{' });
    await exchange(http.url, 'OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    await exchange(http.url, 'NONSENSE\r\n\r\n');
    const abort = new AbortController();
    const abandonedArrival = nextArrival();
    const abandoned = expect(fetch(`${http.url}/v1/things/slow`, { signal: abort.signal })).rejects.toThrow();
    await abandonedArrival;
    abort.abort();
    await abandoned;
    const arrival = nextArrival();
    const running = fetch(`${http.url}/v1/things/slow`);
    await arrival;
    expect(await http.drain.idle(50)).toBe(false);
    for (const finish of started) finish();
    expect((await running).status).toBe(200);
    expect(await http.drain.idle(10_000)).toBe(true);
    await http.close(10_000);
  });

  it('cuts off what does not finish in time', async () => {
    const http = await open();
    const arrival = nextArrival();
    const cut = expect(fetch(`${http.url}/v1/things/slow`)).rejects.toThrow();
    await arrival;
    await http.close(50);
    await cut;
  });
});
