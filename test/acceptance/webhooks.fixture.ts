import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { type Api } from '../support/api.js';

/** One request as it arrived: the bytes, and whether an independent verifier takes them. */
export interface Received {
  readonly id: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly event: ReceivedEvent;
  readonly at: number;
}

export interface ReceivedEvent {
  readonly specversion: string;
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject?: string;
  readonly time: string;
  readonly datacontenttype: string;
  readonly sequence?: string;
  readonly data: {
    readonly event?: Readonly<Record<string, unknown>>;
    readonly state?: string;
    readonly [name: string]: unknown;
  };
}

type Answer = (response: ServerResponse, received: Received) => void;

const ok: Answer = (response) => {
  response.writeHead(204).end();
};

/** A receiver out there: it remembers what it got, and answers as it is told. */
export class Receiver {
  readonly received: Received[] = [];
  #answer: Answer = ok;

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async open(): Promise<Receiver> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const receiver = new Receiver(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const body = Buffer.concat(chunks).toString('utf8');
        const received: Received = {
          id: String(request.headers['webhook-id']),
          path: request.url ?? '',
          headers: request.headers,
          body,
          event: JSON.parse(body) as ReceivedEvent,
          at: performance.now(),
        };
        receiver.received.push(received);
        receiver.#answer(response, received);
      });
    });
    return receiver;
  }

  answerWith(answer: Answer): void {
    this.#answer = answer;
  }

  answerOk(): void {
    this.#answer = ok;
  }

  at(path: string): readonly Received[] {
    return this.received.filter((each) => each.path === path);
  }

  /** Resolves once it has got what the test wants. */
  async until(holds: (received: readonly Received[]) => boolean, withinMs = 200_000): Promise<readonly Received[]> {
    const deadline = performance.now() + withinMs;
    while (!holds(this.received)) {
      if (performance.now() > deadline)
        throw new Error(
          `received only ${this.received.map(({ event, path }) => `${event.type} at ${path}`).join(', ')}`,
        );
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return this.received;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

/** The revision in a message; it is a text of ten digits, so that texts sort as revisions do. */
export function revisionIn({ event: { sequence = '' } }: Pick<Received, 'event'>): number {
  if (!/^\d{10}$/.test(sequence)) throw new Error(`${sequence} is no sequence that sorts`);
  return Number(sequence);
}

/** Throws unless the message is what its sender signed. */
export const verify = (secret: string, { body, headers }: Received): unknown =>
  new Webhook(secret).verify(body, headers as Record<string, string>);

export interface Registered {
  readonly id: string;
  readonly secret: string;
}

export async function register(api: Api, url: string, events?: readonly string[]): Promise<Registered> {
  const answer = await api.post('/v1/webhooks', { url, ...(events === undefined ? {} : { events }) });
  if (answer.status !== 201) throw new Error(answer.text);
  return { id: String(answer.body['webhook_id']), secret: String(answer.body['secret']) };
}

/** Submits a job that succeeds at once. */
export async function submit(api: Api, more: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const answer = await api.post('/v1/jobs', { type: 'EXECUTE', work_kind: 'SUCCESS_FAST', ...more });
  if (answer.status !== 202) throw new Error(answer.text);
  return String(answer.body['job_id']);
}
