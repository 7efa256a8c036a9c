import { type Readable } from 'node:stream';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { type LiveEvents } from '../../engine/event-store/live-events.js';
import { type ProjectionProgress } from '../../engine/projector/projection-progress.js';
import { type Position, type Revision } from '../../kernel/recorded.js';
import { LoopTurns } from '../../platform/async/loop-turns.js';
import { SharedLoop } from '../../platform/async/shared-loop.js';
import { callerOf } from '../../platform/http/caller.js';
import { writeJson } from '../../platform/http/json/write-json.js';
import { piecesOf, type ServerSentEvents } from '../../platform/http/server-sent-events.js';
import { type ClientEventPage } from '../queries/client-events.query.js';
import { type FollowedEvents } from '../queries/follow-job-events.query.js';
import { jobStream } from '../domain/job.stream.js';
import { streamOf } from '../../kernel/stream-definition.js';
import { ClientFeeds } from './client-feeds.js';
import { RecentPages } from './recent-pages.js';

/** Most events read for one stream at once; each may carry a payload. */
export const eventsAtOnce = 128;

/** To give a page out takes the one thread that all clients share, a tenth of a millisecond for each stream. */
const givenOutPerTurn = 4;

interface MessagePage {
  readonly pieces: readonly Buffer[];
  readonly seen: Position;
  readonly hasMore: boolean;
}

/** Histories that go on: what was, then what happens, until the reader leaves. */
export class JobStreams {
  /** Pages that are being read, by what they are of: streams of one client come to the same place together, and share them. */
  readonly #reading = new Map<string, Promise<MessagePage>>();
  readonly #recent = new RecentPages<MessagePage>();
  readonly #turns: LoopTurns;
  readonly #feeds: ClientFeeds;

  constructor(
    private readonly live: LiveEvents,
    private readonly progress: ProjectionProgress,
    private readonly streams: ServerSentEvents,
    loop = new SharedLoop(),
  ) {
    this.#turns = new LoopTurns(givenOutPerTurn, loop);
    this.#feeds = new ClientFeeds(live, progress, loop);
  }

  /** Ends after the event that finished the job, unless it is to follow what comes then: a retry, or its erasure. Ids are revisions. */
  ofJob(
    request: FastifyRequest,
    reply: FastifyReply,
    jobId: string,
    from: { readonly after: Revision | null; readonly follow: boolean },
    pageAfter: (after: Revision | null) => Promise<FollowedEvents>,
  ): Readable {
    let place = from.after;
    let isEnd = false;
    const wakes = this.live.ofStream(jobStream.category, streamOf(jobStream, jobId));
    const next = async () => {
      const page = await pageAfter(place);
      const { events } = page;
      place = events.at(-1)?.revision ?? place;
      isEnd = page.isEnd && !from.follow;
      return piecesOf(events.map(({ revision, answer }) => ({ id: String(revision), data: writeJson(answer) })));
    };
    return this.streams.answer(request, reply, { wakes, next, isAtEnd: () => isEnd });
  }

  /** Ids are positions. Live events are hints: what is given out is found by the read model. */
  ofClient(
    request: FastifyRequest,
    reply: FastifyReply,
    from: { readonly after: Position; readonly types: readonly string[] | null },
    pageAfter: (after: Position) => Promise<ClientEventPage>,
  ): Readable {
    let place = from.after;
    const { clientId } = callerOf(request);
    const wakes = this.#feeds.of(clientId);
    const next = async () => {
      for (;;) {
        const { pieces, seen, hasMore } = await this.#shared(clientId, [from.types, String(place)], async () => {
          const { events, ...rest } = await pageAfter(place);
          return {
            ...rest,
            pieces: piecesOf(events.map(({ position, answer }) => ({ id: String(position), data: writeJson(answer) }))),
          };
        });
        place = seen;
        if (pieces.length > 0 || !hasMore) return pieces;
      }
    };
    return this.streams.answer(request, reply, { wakes, next });
  }

  /** A reading that began when less was known to be there may miss what its next reader was woken for. */
  async #shared(clientId: string, what: readonly unknown[], read: () => Promise<MessagePage>): Promise<MessagePage> {
    const place = JSON.stringify([clientId, ...what]);
    const recent = this.#recent.get(place);
    if (recent !== null) return await this.#inTurn(clientId, recent);
    const key = `${place} ${String(this.progress.positionOf('client-events'))}`;
    let reading = this.#reading.get(key);
    if (reading === undefined) {
      reading = read()
        .then((page) => {
          // What is empty now may not be a moment later.
          if (page.pieces.length > 0) this.#recent.keep(place, page, bytesIn(page));
          return page;
        })
        .finally(() => this.#reading.delete(key));
      this.#reading.set(key, reading);
    }
    return await this.#inTurn(clientId, await reading);
  }

  async #inTurn(clientId: string, page: MessagePage): Promise<MessagePage> {
    await this.#turns.enter(clientId);
    return page;
  }
}

const bytesIn = ({ pieces }: MessagePage): number => pieces.reduce((sum, { length }) => sum + length, 0);
