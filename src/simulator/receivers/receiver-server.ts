import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { type Stage } from '../actors/stage.js';
import { callbacksPath, partsOf } from './callback-url.js';
import { type ReceiverName, receivers } from './receivers.js';
import { readMessage } from './message.js';
import { type Secrets } from './secrets.js';
import { Answers } from './answers.js';
import { Target } from './target.js';
import { clientIn } from './target-url.js';

/** What is registered under one path. */
interface Place {
  readonly clientId: string;
  readonly receiver: ReceiverName;
  /** Null until its registration is answered. */
  readonly secrets: () => Secrets | null;
}

/** One server for all receivers of webhooks, and for the target of HTTP_REQUEST jobs; it writes down every request. */
export class ReceiverServer {
  readonly #places = new Map<string, Place>();
  readonly #answers = new Answers();
  readonly #target = new Target();
  /** Whose jobs ask the target, by the number of the client. */
  readonly #clientIds = new Map<string, string>();
  readonly #server: Server;

  private constructor(private readonly stage: Stage) {
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch((error: unknown) => {
        // A sender that hangs up in the middle is one of those that are simulated.
        response.destroy(error instanceof Error ? error : undefined);
      });
    });
  }

  static async open(stage: Stage): Promise<ReceiverServer> {
    const receiverServer = new ReceiverServer(stage);
    receiverServer.#server.listen(0, '127.0.0.1');
    await once(receiverServer.#server, 'listening');
    return receiverServer;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The URL to register, for a receiver whose secret will be known once it is. */
  place(clientIndex: number, place: Place): string {
    const path = `/hooks/${clientIndex}/${place.receiver}`;
    this.#places.set(path, place);
    return `${this.url}${path}`;
  }

  /** Takes what goes to the callbacks of one client's jobs. */
  placeCallbacks(clientIndex: number, place: Omit<Place, 'receiver'>): void {
    this.#places.set(callbacksPath(clientIndex), { ...place, receiver: 'callback' });
    this.#clientIds.set(String(clientIndex), place.clientId);
  }

  async close(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    if (this.#server.listening) await once(this.#server, 'close');
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const atMs = this.stage.clock.sinceMs();
    const path = request.url ?? '';
    const { registered, added } = partsOf(path);
    const place = this.#places.get(registered);
    if (place === undefined) {
      request.resume();
      const status = await this.#target.statusFor(path);
      const client = this.#clientIds.get(clientIn(path) ?? '');
      // Before the answer: what it brings about finds the request written down.
      if (client !== undefined) this.stage.recorder.add({ kind: 'asked', clientId: client, atMs, url: path, status });
      this.#target.give(status, response);
      return;
    }
    const { clock } = this.stage;
    const message = await readMessage(request, place.secrets(), [clock.momentMs(), clock.beganAt + clock.sinceMs()]);
    const { receiver, clientId } = place;
    const status = this.#answers.statusFor(receiver, message.webhookId);
    this.stage.recorder.add({
      kind: 'received',
      clientId,
      receiver,
      atMs,
      ...message,
      calledFor: added,
      status,
      headers: request.headers,
    });
    await this.#answers.give(receivers[receiver].answer, status, response);
  }
}
