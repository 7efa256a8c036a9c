import { createServer, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import type pg from 'pg';
import { type Decided, type Streams } from '../../src/engine/commands/streams.js';
import { type Counts, QueueCounts } from '../../src/dispatch/queue-counts.js';
import { Command } from '../../src/kernel/message.js';
import { type Position } from '../../src/kernel/recorded.js';
import { type TimerAnswer } from '../../src/kernel/timer-answer.js';
import { type DeliverableLook, JobEventReader } from '../../src/webhooks/sending/job-event-reader.js';

export async function waitFor(client: pg.Client, sql: string): Promise<void> {
  for (;;) {
    const { rows } = await client.query<{ holds: boolean }>(sql);
    if (rows[0]?.holds === true) return;
  }
}

export class Fire extends Command<TimerAnswer> {
  readonly type = 'Fire';
  constructor(readonly clientId: string) {
    super();
  }
}

/** Whose commands were sent, in order. */
export class Fired {
  readonly clients: string[] = [];
  #hears: () => void = () => undefined;

  constructor(private readonly answer: (clientId: string) => Promise<void>) {}

  async send(command: Command<TimerAnswer>): Promise<TimerAnswer> {
    if (!(command instanceof Fire)) throw new TypeError(`${command.type} is not for here`);
    this.clients.push(command.clientId);
    this.#hears();
    await this.answer(command.clientId);
    return 'done';
  }

  /** Something else that is waited for may have happened. */
  look(): void {
    this.#hears();
  }

  async until(holds: (clients: readonly string[]) => boolean): Promise<this> {
    while (!holds(this.clients))
      await new Promise<void>((resolve) => {
        this.#hears = resolve;
      });
    return this;
  }
}

/** Keeps every request waiting until it is told to answer. */
export class SlowReceiver {
  /** The first part of each request's path, in the order in which they came. */
  readonly arrived: string[] = [];
  readonly #waiting: ServerResponse[] = [];
  #hears: () => void = () => undefined;

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {
    server.on('request', (request, response) => {
      request.resume();
      this.arrived.push(request.url?.split('/')[1] ?? '');
      this.#waiting.push(response);
      this.#hears();
    });
  }

  static async open(): Promise<SlowReceiver> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new SlowReceiver(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  }

  /** Resolves once what has arrived is what the test wants. */
  async until(holds: (arrived: readonly string[]) => boolean): Promise<void> {
    while (!holds(this.arrived))
      await new Promise<void>((resolve) => {
        this.#hears = resolve;
      });
  }

  answerOldest(): void {
    this.#waiting.shift()?.writeHead(204).end();
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

/** A log that takes every command on a delivery, and whose they were, in order. */
export class TakenDeliveries {
  readonly clients: string[] = [];

  get streams(): Streams {
    const decideOnMany = (
      _kind: unknown,
      told: readonly { readonly command: { readonly subject: { readonly clientId: string } } }[],
    ): Promise<readonly Partial<Decided<unknown, never>>[]> => {
      for (const { command } of told) this.clients.push(command.subject.clientId);
      return Promise.resolve(told.map(() => ({})));
    };
    return { decideOnMany, cachedAll: () => Promise.resolve([]) } as unknown as Streams;
  }
}

/** A log in which nothing more happened, and from where it was read. */
export class ReadPages extends JobEventReader {
  readonly after = (position: Position | null): Promise<DeliverableLook> => {
    this.positions.push(position);
    return Promise.resolve({ events: [], position });
  };
  readonly positions: (Position | null)[] = [];
  readonly one = (): Promise<null> => Promise.resolve(null);
  readonly missed = (): Promise<null> => Promise.resolve(null);
  readonly wire = (): object => ({});
}

export class NoJobsCounted extends QueueCounts {
  count(): Promise<Counts> {
    return Promise.resolve({ position: null, active: 0, activeOf: new Map(), queued: new Map() });
  }
}
