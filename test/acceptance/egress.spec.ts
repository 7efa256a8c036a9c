import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { BlockedTarget } from '../../src/platform/egress/blocked-target.js';
import { Egress, type EgressAnswer } from '../../src/platform/egress/egress.js';
import { faultOfHeader } from '../../src/platform/egress/header-rules.js';
import { Names } from '../../src/platform/egress/names.js';
import { Networks } from '../../src/platform/egress/networks.js';
import { harmlessUrls, hostileAnswers, hostileUrls } from './egress.cases.js';

/** Answers one after the other, the last one for ever; and counts. */
class ScriptedNames extends Names {
  asked = 0;
  constructor(private readonly answers: readonly (readonly string[])[]) {
    super();
  }
  resolve(): Promise<readonly string[]> {
    const answer = this.answers[Math.min(this.asked, this.answers.length - 1)] ?? [];
    this.asked += 1;
    return Promise.resolve(answer);
  }
}

/** A resolver that never says anything. */
class SilentNames extends Names {
  resolve(): Promise<readonly string[]> {
    return new Promise(() => undefined);
  }
}

let connections = 0;
const servers: Server[] = [];
let inside = 0;

async function listen(address: string, answer: RequestListener, onConnection?: () => void): Promise<number> {
  const server = createServer(answer);
  if (onConnection !== undefined) server.on('connection', onConnection);
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  servers.push(server);
  return (server.address() as AddressInfo).port;
}

beforeAll(async () => {
  inside = await listen(
    '127.0.0.1',
    (_request, response) => response.end('inside'),
    () => {
      connections += 1;
    },
  );
});

afterAll(async () => {
  expect(connections).toBe(0);
  for (const server of servers) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

const strict = (names: Names = new ScriptedNames([['127.0.0.1']])): Egress => new Egress(new Networks([]), names);
/** 127.0.0.2 plays a receiver out there; 127.0.0.1 stays inside. */
const withReceiver = (...answers: readonly string[][]): Egress =>
  new Egress(new Networks(['127.0.0.2/32']), new ScriptedNames(answers.length === 0 ? [['127.0.0.2']] : answers));

const request = {
  clientId: 'c1',
  method: 'POST',
  headers: {},
  body: Buffer.from('{}'),
  needs: 'body' as 'body' | 'status',
  timeoutMs: 5_000,
};
const send = (egress: Egress, url: string, more: Partial<typeof request> = {}): Promise<EgressAnswer> =>
  egress.send({ ...request, ...more, url });

describe('the way out', () => {
  it('is held to a table of some size', () => {
    expect(hostileUrls.length + hostileAnswers.length).toBeGreaterThanOrEqual(120);
  });

  it.each(hostileUrls.map((url) => [url]))('refuses %j, and connects to nothing', async (template) => {
    const url = template.replaceAll('{port}', String(inside));
    await expect(strict().check(url, 'c1')).rejects.toThrow(BlockedTarget);
    expect(await send(strict(), url)).toMatchObject({ kind: 'blocked' });
  });

  it.each(hostileAnswers.map((addresses) => [addresses]))('refuses a name with the addresses %j', async (addresses) => {
    const url = `http://receiver.example:${inside}/`;
    await expect(strict(new ScriptedNames([addresses])).check(url, 'c1')).rejects.toThrow(BlockedTarget);
    expect(await send(strict(new ScriptedNames([addresses])), url)).toMatchObject({ kind: 'blocked' });
  });

  it.each(harmlessUrls.map((url) => [url]))('lets %s pass', async (url) => {
    await expect(
      strict(new ScriptedNames([['8.8.8.8', '2606:4700:4700::1111']])).check(url, 'c1'),
    ).resolves.toBeUndefined();
  });

  it('resolves a name once and connects to what it checked, whatever the name answers next', async () => {
    const port = await listen('127.0.0.2', ({ headers }, response) => response.end(headers.host));
    const names = new ScriptedNames([['127.0.0.2'], ['127.0.0.1']]);
    const egress = new Egress(new Networks(['127.0.0.2/32']), names);
    const answer = await send(egress, `http://receiver.example:${port}/`);
    expect(answer).toMatchObject({ kind: 'answered', status: 200 });
    expect(answer.kind === 'answered' && answer.body.toString()).toBe(`receiver.example:${port}`);
    expect(names.asked).toBe(1);
    expect(await send(egress, `http://receiver.example:${port}/`)).toMatchObject({ kind: 'blocked' });
  });

  it.each([301, 302, 303, 307, 308])('does not follow a %i', async (status) => {
    const port = await listen('127.0.0.2', (_request, response) =>
      response.writeHead(status, { location: `http://127.0.0.1:${inside}/` }).end(),
    );
    expect(await send(withReceiver(), `http://receiver.example:${port}/`)).toMatchObject({ kind: 'answered', status });
  });

  it('opens a listed network, but not what is dressed as it', () => {
    const listed = new Networks(['127.0.0.0/8', '64:ff9b::/96']);
    expect(listed.permits('127.0.0.1')).toBe(true);
    expect(listed.permits('::ffff:127.0.0.1')).toBe(false);
    expect(listed.permits('64:ff9b::808:808')).toBe(true);
    expect(listed.permits('64:ff9b::a00:1')).toBe(false);
  });

  it('ends an exchange in which a receiver says nothing', async () => {
    const port = await listen('127.0.0.2', () => undefined);
    expect(await send(withReceiver(), `http://receiver.example:${port}/`, { timeoutMs: 150 })).toMatchObject({
      kind: 'failed',
      error: 'timeout',
    });
  });

  it('ends an exchange in which a receiver drips', async () => {
    const port = await listen('127.0.0.2', (_request, response) => {
      response.writeHead(200);
      const drip = setInterval(() => response.write('.'), 20);
      response.on('close', () => {
        clearInterval(drip);
      });
    });
    expect(await send(withReceiver(), `http://receiver.example:${port}/`, { timeoutMs: 300 })).toMatchObject({
      kind: 'failed',
      error: 'timeout',
    });
  });

  describe('of an answer whose body', () => {
    const answers: Readonly<Record<string, RequestListener>> = {
      drips: (_request, response) => {
        response.writeHead(200);
        const drip = setInterval(() => response.write('.'), 20);
        response.on('close', () => {
          clearInterval(drip);
        });
      },
      'never ends': (_request, response) => response.writeHead(200).write('a'),
      'is short of what it announces': (_request, response) => {
        response.writeHead(200, { 'content-length': '100' });
        response.write('a', () => response.destroy());
      },
      'is broken off': (_request, response) => {
        response.writeHead(200).write('a', () => response.destroy());
      },
      'is no chunk': ({ socket }) => {
        socket.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nnonsense\r\n');
      },
    };

    it.each(Object.entries(answers))('%s takes the status where that decides, and else no part', async (_, answer) => {
      const port = await listen('127.0.0.2', answer);
      const url = `http://receiver.example:${port}/`;
      expect(await send(withReceiver(), url, { timeoutMs: 500, needs: 'status' })).toMatchObject({
        kind: 'answered',
        status: 200,
        truncated: true,
      });
      expect(await send(withReceiver(), url, { timeoutMs: 500 })).toMatchObject({ kind: 'failed', isSent: true });
    });
  });

  it('hears an answer out that comes after others that nobody asked for', async () => {
    const port = await listen('127.0.0.2', (_request, response) => {
      response.writeContinue();
      response.writeProcessing();
      response.writeEarlyHints({ link: '</a>; rel=preload' });
      response.end('ok');
    });
    for (const needs of ['status', 'body'] as const) {
      const answer = await send(withReceiver(), `http://receiver.example:${port}/`, { needs });
      expect(answer).toMatchObject({ kind: 'answered', status: 200, truncated: false });
      expect(answer.kind === 'answered' && answer.body.toString()).toBe('ok');
    }
  });

  it('keeps every Set-Cookie of an answer by itself', async () => {
    const cookies = ['a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT', 'b=2'];
    const port = await listen('127.0.0.2', (_request, response) =>
      response.writeHead(200, [...cookies.flatMap((each) => ['Set-Cookie', each]), 'vary', 'a', 'vary', 'b']).end(),
    );
    const answer = await send(withReceiver(), `http://receiver.example:${port}/`);
    expect(answer).toMatchObject({ kind: 'answered', cookies, headers: { vary: 'a, b' } });
    expect(answer.kind === 'answered' && answer.headers['set-cookie']).toBe(undefined);
  });

  it('does not wait for ever for a resolver', async () => {
    const answer = await send(strict(new SilentNames()), 'http://receiver.example/', { timeoutMs: 100 });
    expect(answer).toMatchObject({ kind: 'blocked' });
    expect(answer.durationMs).toBeLessThan(20_000);
  });

  it('reads no more of an answer than its bound, and unpacks nothing', async () => {
    const bomb = gzipSync(Buffer.alloc(10_000_000));
    const port = await listen('127.0.0.2', ({ url }, response) => {
      if (url === '/bomb') response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb);
      else response.end(Buffer.alloc(1_000_000, 'a'));
    });
    const long = await send(withReceiver(), `http://receiver.example:${port}/`);
    expect(long).toMatchObject({ kind: 'answered', truncated: true });
    expect(long.kind === 'answered' && long.body.length).toBe(64 * 1024);
    const packed = await send(withReceiver(), `http://receiver.example:${port}/bomb`);
    expect(packed.kind === 'answered' && packed.body.equals(bomb)).toBe(true);
  });

  it('takes no answer with endless headers', async () => {
    const port = await listen('127.0.0.2', (_request, response) => {
      response.writeHead(200, { 'x-long': 'a'.repeat(20_000) }).end();
    });
    expect(await send(withReceiver(), `http://receiver.example:${port}/`)).toMatchObject({ kind: 'failed' });
  });

  it('tells a closed door from a silent one', async () => {
    const port = await listen('127.0.0.2', (_request, response) => response.end());
    const closed = servers.pop();
    await new Promise((resolve) => closed?.close(resolve));
    expect(await send(withReceiver(), `http://receiver.example:${port}/`)).toMatchObject({
      kind: 'failed',
      error: 'refused',
      isSent: false,
    });
  });

  it('says whether any of a request may have reached the other side', async () => {
    let requests = 0;
    const port = await listen('127.0.0.2', () => {
      requests += 1;
    });
    const url = `http://receiver.example:${port}/`;
    const heard = await send(withReceiver(), url, { timeoutMs: 150 });
    expect([heard, requests]).toMatchObject([{ error: 'timeout', isSent: true }, 1]);
    // The process stands still until the time is up, as it may while it starts: then there is no connection yet.
    const late = send(withReceiver(), url, { timeoutMs: 50 });
    // The name is known by then, and the connection asked for.
    for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
    for (const until = performance.now() + 100; performance.now() < until;);
    expect([await late, requests]).toMatchObject([{ error: 'timeout', isSent: false }, 1]);
  });
});

describe('a process that stood still', () => {
  it('takes an answer that came in time, though it comes to read it late', async () => {
    const port = await listen('127.0.0.2', (_request, response) => response.end('here'));
    const answer = send(withReceiver(), `http://receiver.example:${port}/`, { timeoutMs: 1_000 });
    await new Promise((resolve) => setTimeout(resolve, 5));
    for (const until = performance.now() + 1_500; performance.now() < until;);
    expect(await answer).toMatchObject({ kind: 'answered', status: 200 });
  });

  it('holds nothing against a receiver that it kept waiting', async () => {
    const port = await listen('127.0.0.2', () => undefined);
    const answer = send(withReceiver(), `http://receiver.example:${port}/`, { timeoutMs: 600 });
    await new Promise((resolve) => setTimeout(resolve, 5));
    for (const until = performance.now() + 2_000; performance.now() < until;);
    expect(await answer).toMatchObject({ kind: 'not_made', lack: 'time' });
  });
});

describe('the headers of a request', () => {
  it('hold no character that could begin another header', () => {
    for (let code = 0; code <= 0x2100; code += 1) {
      const char = String.fromCharCode(code);
      const isPlain = char === '\t' || (char >= ' ' && char <= '~');
      expect([code, faultOfHeader('x-note', `a${char}b`) === null]).toEqual([code, isPlain]);
      const isToken = /[!#$%&'*+\-.^_`|~0-9A-Za-z]/.test(char);
      expect([code, faultOfHeader(`x${char}y`, 'a') === null]).toEqual([code, isToken]);
    }
  });

  it.each(['Host', 'content-LENGTH', 'Transfer-Encoding', 'connection', 'webhook-id', 'Proxy-Authorization', ''])(
    'are not the ones ForgeRun sets: %s',
    (name) => {
      expect(faultOfHeader(name, 'x')).not.toBeNull();
    },
  );

  it('are looked at once more before they are sent', async () => {
    const headers = { 'x-note': 'a\r\nhost: inside' };
    expect(await send(withReceiver(), `http://receiver.example:${inside}/`, { headers })).toMatchObject({
      kind: 'blocked',
    });
  });
});
