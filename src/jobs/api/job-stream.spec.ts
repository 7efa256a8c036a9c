import { describe, expect, it } from '@jest/globals';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { NEVER } from 'rxjs';
import { type LiveEvents } from '../../engine/event-store/live-events.js';
import { KnownProgress } from '../../engine/projector/projection-progress.js';
import { type Position } from '../../kernel/recorded.js';
import { type MessageSource, type ServerSentEvents } from '../../platform/http/server-sent-events.js';
import { type ClientEventPage } from '../queries/client-events.query.js';
import { type EventAnswer } from '../queries/history.response.js';
import { JobStreams } from './job-stream.js';

/** Opens streams whose pages are answered when the test says so. */
function streamsOf(progress: KnownProgress) {
  const opened: MessageSource[] = [];
  const reads: { readonly after: Position; readonly answer: (page: ClientEventPage) => void }[] = [];
  const live = { ofClient: () => NEVER } as unknown as LiveEvents;
  const answers = { answer: (_request: unknown, _reply: unknown, source: MessageSource) => opened.push(source) };
  const streams = new JobStreams(live, progress, answers as unknown as ServerSentEvents);
  const open = (clientId: string, types: readonly string[] | null = null): MessageSource => {
    const request = { caller: { clientId } } as unknown as FastifyRequest;
    streams.ofClient(request, {} as FastifyReply, { after: 5n, types }, (after) => {
      return new Promise((answer) => reads.push({ after, answer }));
    });
    const [source] = opened.splice(0);
    if (source === undefined) throw new Error('no stream was opened');
    return source;
  };
  return { open, reads };
}

const page = (position: Position): ClientEventPage => ({
  events: [{ position, answer: { position: String(position) } as EventAnswer }],
  seen: position,
  hasMore: false,
});
const turn = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });
const clientEventsAt = (position: Position) => ({ name: 'client-events', position, tables: [] });

describe('event streams of a client', () => {
  it('that are at one place read what follows once', async () => {
    const { open, reads } = streamsOf(new KnownProgress());
    const next = Array.from({ length: 500 }, () => open('c1')).map((source) => source.next());
    expect(reads.map(({ after }) => after)).toEqual([5n]);
    reads[0]?.answer(page(7n));
    const [first, ...others] = await Promise.all(next);
    expect(String(first)).toBe('id: 7\ndata: {"position":"7"}\n\n');
    // The same piece, written out once for all of them.
    expect(others.every(([piece]) => piece === first?.[0])).toBe(true);
  });

  it('that share a page are given it a few at a time, so that others have their turns in between', async () => {
    const { open, reads } = streamsOf(new KnownProgress());
    let given = 0;
    const next = Array.from({ length: 500 }, async () => {
      await open('c1').next();
      given += 1;
    });
    reads[0]?.answer(page(7n));
    for (let turns = 1; turns <= 3; turns += 1) {
      await turn();
      expect(given).toBeGreaterThan(0);
      expect(given).toBeLessThanOrEqual(16 * (turns + 1));
    }
    await Promise.all(next);
  });

  it('read by themselves what others do not ask for', () => {
    const { open, reads } = streamsOf(new KnownProgress());
    for (const source of [open('c1'), open('c2'), open('c1', ['JobCreated'])]) void source.next();
    expect(reads).toHaveLength(3);
  });

  it('do not take a page that was asked for before they were woken', async () => {
    const progress = new KnownProgress();
    const { open, reads } = streamsOf(progress);
    progress.publish(clientEventsAt(6n));
    const early = open('c1').next();
    progress.publish(clientEventsAt(7n));
    const late = open('c1').next();
    expect(reads).toHaveLength(2);
    reads[0]?.answer({ events: [], seen: 5n, hasMore: false });
    reads[1]?.answer(page(7n));
    expect(await early).toEqual([]);
    expect(await late).toHaveLength(1);
  });

  it('are given again what was read a moment ago, and read again where there was nothing', async () => {
    const { open, reads } = streamsOf(new KnownProgress());
    const first = open('c1').next();
    reads[0]?.answer(page(7n));
    const late = open('c1').next();
    expect(await late).toEqual(await first);
    expect(await open('c1').next()).toEqual(await first);
    expect(reads).toHaveLength(1);
    const nothing = open('c2').next();
    reads[1]?.answer({ events: [], seen: 5n, hasMore: false });
    expect(await nothing).toEqual([]);
    void open('c2').next();
    expect(reads).toHaveLength(3);
  });
});
