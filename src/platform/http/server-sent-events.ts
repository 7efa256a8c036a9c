import { Readable } from 'node:stream';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { fromEvent, merge, type Observable, share, type Subscription, take } from 'rxjs';
import { Refusal } from '../../kernel/refusal.js';
import { callerOf } from './caller.js';
import { type Drain } from './drain.js';
import { type KeyWatch } from './key-watch.js';
import { RevocablePlaces } from '../async/revocable-places.js';
import { after, every, type Timer } from '../clock/timer.js';
import { asError } from '../async/as-error.js';

export const eventStreamType = 'text/event-stream';

/** One message. Its id is what a reader sends back as `Last-Event-ID`; its data is JSON. */
export interface Message {
  readonly id: string;
  readonly data: string;
}

const pieceCharacters = 16 * 1024;

/**
 * Messages as they go out (WHATWG HTML, server-sent events), joined to pieces of some size: each reader is written to once for a
 * piece and not once for a message, and readers that are given the same share it.
 */
export function piecesOf(messages: readonly Message[]): readonly Buffer[] {
  const pieces: Buffer[] = [];
  let piece = '';
  for (const { id, data } of messages) {
    piece += `id: ${id}\ndata: ${data.replace(/\r\n|\r|\n/g, '\ndata: ')}\n\n`;
    if (piece.length < pieceCharacters) continue;
    pieces.push(Buffer.from(piece));
    piece = '';
  }
  return piece === '' ? pieces : [...pieces, Buffer.from(piece)];
}

/** Where messages come from. Asked again after every wake, and until it has none; never twice at once. */
export interface MessageSource {
  /** The next messages after those it gave before, a bounded number, as `piecesOf` makes them; none when there are none yet. */
  next(): Promise<readonly Buffer[]>;
  /** There may be more. A wake that gets lost is made good by the heartbeat. */
  readonly wakes: Observable<unknown>;
  /** Whether nothing comes after what it gave last; a source that does not say goes on for ever. */
  isAtEnd?(): boolean;
}

/**
 * To a stream that cannot be opened at the moment: nothing, and when to ask again. A browser's EventSource comes back after the
 * end of a stream, and never after any other status.
 */
export const comeBackIn = (ms: number): string => `retry: ${ms}\n\n`;

/** Whether a request opens a stream on a route that has one. */
export const opensEventStream = (request: FastifyRequest): boolean =>
  (request.routeOptions.config.route?.produces.includes(eventStreamType) ?? false) && wantsEventStream(request);

export class TooManyStreams extends Refusal {
  readonly kind = 'unavailable';
  readonly code = 'RFA_EXEC_WORKER_UNAVAILABLE';
  override readonly retryAfterMs = 5_000;
  constructor() {
    super('Too many event streams are open at this node.');
  }
}

interface StreamLimits {
  readonly heartbeatMs: number;
  /** How long a reader may take nothing while something waits for it. */
  readonly stallMs: number;
  readonly maxOpen: number;
  readonly maxOpenPerClient: number;
}

const defaultLimits: StreamLimits = { heartbeatMs: 15_000, stallMs: 30_000, maxOpen: 2_000, maxOpenPerClient: 500 };

/** Whether the caller asks for a stream, and would not rather have JSON. */
export function wantsEventStream({ method, headers: { accept = '' } }: FastifyRequest): boolean {
  const types = accept.split(',').map((range) => (range.split(';')[0] ?? '').trim().toLowerCase());
  const stream = types.indexOf(eventStreamType);
  const json = types.indexOf('application/json');
  return method === 'GET' && stream >= 0 && (json < 0 || stream < json);
}

/**
 * Opens event streams. Each ends when the node stops, when the key that asked for it stops opening, or when its reader
 * takes nothing for too long; nothing is read ahead of a reader beyond one page and one socket's buffer.
 */
export class ServerSentEvents {
  /** The reader of a stream that is ended for another client comes back where it was. */
  readonly #places: RevocablePlaces<string, EventStream>;
  readonly #limits: StreamLimits;
  /** Shared, so that the signal has one listener however many streams are open. */
  readonly #stops: Observable<unknown>;

  constructor(
    private readonly drain: Drain,
    private readonly keys: KeyWatch,
    limits: Partial<StreamLimits> = {},
  ) {
    this.#stops = fromEvent(drain.signal, 'abort').pipe(share());
    this.#limits = { ...defaultLimits, ...limits };
    const { maxOpen: max, maxOpenPerClient: maxPerClient } = this.#limits;
    this.#places = new RevocablePlaces({ max, maxPerClient }, (stream) => {
      stream.finish();
      return true;
    });
  }

  answer(request: FastifyRequest, reply: FastifyReply, source: MessageSource): Readable {
    const { clientId, keyId } = callerOf(request);
    const ends = merge(this.#stops, this.keys.closed(keyId)).pipe(take(1));
    const stream = new EventStream(source, ends, this.#limits);
    if (!this.#places.tryTake(clientId, stream)) {
      stream.destroy();
      throw new TooManyStreams();
    }
    stream.once('close', () => {
      this.#places.giveBack(clientId, stream);
    });
    // Proxies that gather answers would hold every message back.
    reply.header('content-type', eventStreamType).header('x-accel-buffering', 'no');
    if (this.drain.isLeaving) stream.finish();
    return stream;
  }
}

/** Pulls from its source while its reader has room. */
export class EventStream extends Readable {
  #waiting: readonly Buffer[] = [];
  #isAsking = false;
  #isDirty = true;
  #hasRoom = false;
  #isOver = false;
  #fullSince: number | null = null;
  readonly #subscriptions: readonly Subscription[];
  readonly #timer: Timer;

  constructor(
    private readonly source: MessageSource,
    ends: Observable<unknown>,
    private readonly limits: Pick<StreamLimits, 'heartbeatMs' | 'stallMs'>,
  ) {
    super({ highWaterMark: 64 * 1024 });
    this.#subscriptions = [
      source.wakes.subscribe(() => {
        this.#isDirty = true;
        this.#pull();
      }),
      ends.subscribe(() => {
        this.finish();
      }),
    ];
    this.#timer = every(Math.min(limits.heartbeatMs, limits.stallMs), () => {
      this.#beat();
    });
    // Sends the header at once; a reader that lost its connection comes back after a second.
    this.push(comeBackIn(1_000));
  }

  /** Ends it cleanly after what its reader has been given. */
  finish(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#letGo();
    this.push(null);
    // A reader that takes nothing would never come to the end.
    const late = after(this.limits.stallMs, () => {
      this.destroy();
    }).unref();
    this.once('close', () => {
      late.cancel();
    });
  }

  override _read(): void {
    this.#hasRoom = true;
    this.#fullSince = null;
    this.#pull();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#isOver = true;
    this.#letGo();
    done(error);
  }

  #letGo(): void {
    this.#timer.cancel();
    for (const each of this.#subscriptions) each.unsubscribe();
  }

  #pull(): void {
    if (this.#isAsking) return;
    this.#isAsking = true;
    this.#fill().then(
      () => {
        this.#isAsking = false;
        if (this.#mayAsk()) this.#pull();
      },
      (error: unknown) => {
        this.destroy(asError(error));
      },
    );
  }

  #mayAsk(): boolean {
    return !this.#isOver && this.#hasRoom && (this.#isDirty || this.#waiting.length > 0);
  }

  async #fill(): Promise<void> {
    while (this.#mayAsk()) {
      if (this.#waiting.length === 0) {
        this.#isDirty = false;
        this.#waiting = await this.source.next();
        if (this.#waiting.length > 0) this.#isDirty = true;
      }
      this.#giveOut();
      if (this.#waiting.length === 0 && this.source.isAtEnd?.() === true) this.finish();
    }
  }

  #giveOut(): void {
    let given = 0;
    for (const piece of this.#waiting) {
      if (this.#isOver || !this.#hasRoom) break;
      given += 1;
      this.#give(piece);
    }
    this.#waiting = this.#waiting.slice(given);
  }

  #beat(): void {
    if (this.#isOver) return;
    if (this.#fullSince !== null && performance.now() - this.#fullSince >= this.limits.stallMs) {
      this.destroy(new Error('the reader of an event stream takes nothing'));
      return;
    }
    if (!this.#hasRoom) return;
    this.#give(': still here\n\n');
    this.#isDirty = true;
    this.#pull();
  }

  #give(piece: string | Buffer): void {
    this.#hasRoom = this.push(piece);
    if (!this.#hasRoom) this.#fullSince ??= performance.now();
  }
}
