import { once } from 'node:events';
import { type Readable } from 'node:stream';
import { afterEach, describe, expect, it } from '@jest/globals';
import { NEVER, Subject } from 'rxjs';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { Drain } from './drain.js';
import { type KeyWatch } from './key-watch.js';
import { EventStream, type Message, piecesOf, ServerSentEvents, wantsEventStream } from './server-sent-events.js';

const quiet = { heartbeatMs: 60_000, stallMs: 60_000 };

/** Gives what was put in, a page at a time. */
function given(pages: (readonly Message[])[], limits = quiet) {
  const wakes = new Subject<unknown>();
  const ends = new Subject<unknown>();
  const asked = { times: 0 };
  const next = (): Promise<readonly Buffer[]> => {
    asked.times += 1;
    return Promise.resolve(piecesOf(pages.shift() ?? []));
  };
  const stream = new EventStream({ wakes, next }, ends, limits);
  stream.setEncoding('utf8');
  return { stream, wakes, ends, asked, pages };
}

const message = (id: number, data = '{}'): Message => ({ id: String(id), data });

/** All that has come when a text has come. */
function until(stream: EventStream, text: string): Promise<string> {
  return new Promise((resolve) => {
    let found = '';
    const take = (chunk: string): void => {
      found += chunk;
      if (!found.includes(text)) return;
      stream.off('data', take);
      resolve(found);
    };
    stream.on('data', take);
  });
}

describe('an event stream', () => {
  it('gives out everything there is, and more after a wake', async () => {
    const { stream, wakes, pages } = given([[message(0), message(1)], [message(2)]]);
    expect(await until(stream, 'id: 2')).toBe(
      'retry: 1000\n\nid: 0\ndata: {}\n\nid: 1\ndata: {}\n\nid: 2\ndata: {}\n\n',
    );
    pages.push([message(3)]);
    wakes.next(null);
    expect(await until(stream, 'id: 3')).toContain('id: 3\ndata: {}\n\n');
    stream.destroy();
  });

  it('spreads data with line ends over several lines', async () => {
    const { stream } = given([[message(0, '{\n"a":\r\n1}')]]);
    expect(await until(stream, 'id: 0')).toContain('id: 0\ndata: {\ndata: "a":\ndata: 1}\n\n');
    stream.destroy();
  });

  it('says that it is still there, and looks again in case a wake got lost', async () => {
    const { stream, pages } = given([], { ...quiet, heartbeatMs: 5 });
    expect(await until(stream, ': still')).toContain(': still here\n\n');
    pages.push([message(0)]);
    await until(stream, 'id: 0');
    stream.destroy();
  });

  it('asks for nothing while its reader takes nothing, and is given up after a while', async () => {
    const large = 'x'.repeat(40_000);
    const endless = Array.from({ length: 100 }, (_, n) => [message(n, large)]);
    const { stream, asked } = given(endless, { heartbeatMs: 5, stallMs: 20 });
    stream.once('readable', () => undefined);
    const [error] = (await once(stream, 'error')) as [Error];
    expect(error.message).toContain('takes nothing');
    expect(asked.times).toBeLessThan(5);
    expect(stream.destroyed).toBe(true);
  });

  it('ends cleanly when it is told to, and lets go of its source', async () => {
    const { stream, ends, wakes } = given([[message(0)]]);
    await until(stream, 'id: 0');
    stream.resume();
    ends.next(null);
    await once(stream, 'end');
    expect([wakes.observed, ends.observed]).toEqual([false, false]);
  });

  it('lets go of its source when its reader leaves', () => {
    const { stream, ends, wakes } = given([]);
    stream.destroy();
    expect([wakes.observed, ends.observed]).toEqual([false, false]);
  });

  it('breaks off when its source fails', async () => {
    const failing = { wakes: NEVER, next: () => Promise.reject(new Error('away')) };
    const stream = new EventStream(failing, NEVER, quiet);
    stream.resume();
    const [error] = (await once(stream, 'error')) as [Error];
    expect(error.message).toBe('away');
  });
});

describe('the event streams of a node', () => {
  const all: Readable[] = [];
  afterEach(() => {
    for (const each of all.splice(0)) each.destroy();
  });
  const opened = (): ((clientId: string) => Readable) => {
    const keys = { closed: () => NEVER } as unknown as KeyWatch;
    const limits = { ...quiet, maxOpen: 20, maxOpenPerClient: 15 };
    const streams = new ServerSentEvents(new Drain(), keys, limits);
    const reply = { header: () => reply } as unknown as FastifyReply;
    return (clientId) => {
      const request = { caller: { clientId, keyId: 'k' } } as unknown as FastifyRequest;
      const source = { wakes: NEVER, next: () => Promise.resolve([]) };
      const stream = streams.answer(request, reply, source);
      all.push(stream);
      return stream;
    };
  };

  it('are ended for another client only at its reader’s cost of coming back', async () => {
    const open = opened();
    const first = open('noisy');
    for (let at = 0; at < 14; at += 1) open('noisy');
    for (let at = 0; at < 5; at += 1) open('second');
    first.resume();
    open('victim');
    await once(first, 'end');
  });
});

describe('whoever asks', () => {
  it.each([
    ['text/event-stream', true],
    ['text/event-stream, application/json;q=0.5', true],
    ['application/json, text/event-stream', false],
    ['*/*', false],
    [undefined, false],
  ])('with Accept %s wants a stream: %s', (accept, wants) => {
    expect(wantsEventStream({ method: 'GET', headers: { accept } } as FastifyRequest)).toBe(wants);
  });

  it('with HEAD wants none', () => {
    expect(wantsEventStream({ method: 'HEAD', headers: { accept: 'text/event-stream' } } as FastifyRequest)).toBe(
      false,
    );
  });
});
