import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readOnLimits } from '../../src/platform/http/read-on.js';
import { open, problemOf } from './http-ground.fixture.js';

let http: Awaited<ReturnType<typeof open>>;
beforeAll(async () => {
  http = await open();
});
afterAll(async () => {
  await http.close(1_000);
});

const piece = Buffer.alloc(65_536, 'x');

/** Sends all of a body before it reads a byte, as many programs do, and answers with what it gets to read. */
async function upload(
  head: string,
  pieces: number,
  framed: (chunk: Buffer) => readonly Buffer[],
  end = '',
): Promise<string> {
  const socket = dial();
  socket.pause();
  const failed = new Promise<never>((_, reject) => socket.once('error', reject));
  const send = async (): Promise<string> => {
    socket.write(head);
    for (let sent = 0; sent < pieces; sent += 1)
      for (const part of framed(piece)) if (!socket.write(part)) await once(socket, 'drain');
    if (end !== '') socket.write(end);
    let answer = '';
    socket.on('data', (chunk: Buffer) => {
      answer += chunk.toString();
    });
    socket.resume();
    await once(socket, 'close');
    return answer;
  };
  return await Promise.race([send(), failed]);
}

function dial(allowHalfOpen = false): Socket {
  const { hostname, port } = new URL(http.url);
  return connect({ port: Number(port), host: hostname, allowHalfOpen });
}

const post = (path: string, fields: readonly string[]): string =>
  [`POST ${path} HTTP/1.1`, 'host: x', 'content-type: application/json', ...fields, '', ''].join('\r\n');
const whole = (chunk: Buffer): readonly Buffer[] => [chunk];
const chunked = (chunk: Buffer): readonly Buffer[] => [Buffer.from('10000\r\n'), chunk, Buffer.from('\r\n')];
const pieces = 320;
const length = `content-length: ${pieces * piece.length}`;

describe('an upload that is answered before it has been read', () => {
  it.each([
    ['too large by its length', post('/v1/things', [length]), whole, '', 413],
    ['too large by what comes', post('/v1/things', ['transfer-encoding: chunked']), chunked, '0\r\n\r\n', 413],
    ['compressed', post('/v1/things', [length, 'content-encoding: gzip', 'connection: close']), whole, '', 415],
    [
      'to be answered with what is not served',
      post('/v1/things', [length, 'accept: text/csv', 'connection: close']),
      whole,
      '',
      406,
    ],
  ])('sees its answer when it is %s', async (_, head, framed, end, status) => {
    for (let round = 0; round < 5; round += 1) {
      const answer = await upload(head, pieces, framed, end);
      expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
      expect(answer).toContain('application/problem+json');
    }
  });

  it('sees its answer through a client that reads while it sends', async () => {
    const bodies = Array.from({ length: 4 }, (_, index) => Buffer.alloc(5_000_000 + index * 5_000_000, 'x'));
    for (const body of bodies) {
      const reply = await fetch(`${http.url}/v1/things`, {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json' },
      });
      expect(await problemOf(reply)).toMatchObject({ status: 413, code: 'RFA_REQUEST_PAYLOAD_TOO_LARGE' });
    }
  });

  it('is not reset over what it goes on to send when its header is too large, and when it is no request', async () => {
    for (const [head, status] of [
      [`POST / HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(20_000)}`, 431],
      ['NO REQUEST AT ALL\r\n\r\n', 400],
    ] as const) {
      const socket = dial(true);
      const failed = new Promise<never>((_, reject) => socket.once('error', reject));
      socket.write(head);
      const [answer] = (await once(socket, 'data')) as [Buffer];
      expect(answer.toString()).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
      for (let sent = 0; sent < 10; sent += 1)
        await Promise.race([failed, new Promise((resolve) => socket.write(piece, resolve))]);
      socket.end();
      await Promise.race([failed, once(socket, 'close')]);
    }
  });

  it('is not read for ever', async () => {
    const socket = dial();
    const failed = once(socket, 'error');
    socket.resume();
    socket.write(post('/v1/things', ['content-length: 1000000000000']));
    let sent = 0;
    const pump = (): void => {
      while (!socket.destroyed && socket.write(piece)) sent += piece.length;
    };
    socket.on('drain', pump);
    pump();
    await Promise.race([failed, once(socket, 'close')]);
    socket.destroy();
    expect(sent).toBeGreaterThan(readOnLimits.bytes / 2);
    expect(sent).toBeLessThan(readOnLimits.bytes * 2);
  });

  it('is not waited for where nothing comes any more', async () => {
    const socket = dial();
    socket.resume();
    const began = performance.now();
    socket.write(post('/v1/things', ['content-length: 20000000', 'connection: close']));
    await once(socket, 'close');
    expect(performance.now() - began).toBeLessThan(readOnLimits.allMs);
  });
});
