import { type ClientBase } from 'pg';
import { type Streams } from '../../engine/commands/streams.js';
import { derivedId } from '../../platform/ids/ids.js';
import { isSameReceiver, receiverOf } from '../domain/receiver-of.js';
import { type ChangeWebhook, type RequestedWebhook } from '../domain/webhook.commands.js';
import { sameNames } from '../domain/webhook.decider.js';
import { WebhookExists } from '../domain/webhook.refusals.js';
import { type WebhookTable } from '../queries/webhook-table.js';
import { type WebhookWrites } from './webhook-writes.js';
import { webhookStream } from '../domain/webhook.stream.js';

/** Holds a client to one webhook of each URL and events, and finds the id of a new one. */
export class WebhookUniqueness {
  constructor(
    private readonly streams: Streams,
    private readonly table: WebhookTable,
    private readonly writes: WebhookWrites,
  ) {}

  /** Registers one under a free id. Throws `WebhookExists`, `TooManyWebhooks`, or a refusal that passes. */
  async register<Answer>(
    clientId: string,
    requested: RequestedWebhook,
    create: (webhookId: string) => Promise<Answer>,
  ): Promise<Answer> {
    // One that is seen already needs no turn.
    await this.#freeId(clientId, requested);
    return await this.writes.create(clientId, async (on) => await create(await this.#freeId(clientId, requested, on)));
  }

  /** Changes one. Throws `WebhookExists`, or a refusal that passes. */
  async change<Answer>(command: ChangeWebhook, change: () => Promise<Answer>): Promise<Answer> {
    const { url, events } = command.changes;
    // What else may be changed makes no webhook the same as another, and needs no read model.
    if (url === undefined && events === undefined) return await change();
    return await this.writes.change(command.clientId, async (on) => {
      await this.#refuseTwinAfter(command, on);
      return await change();
    });
  }

  /**
   * The id follows from what is asked for, so that the same request made twice at once meets itself in one stream. One that
   * was deleted or changed since leaves its id, and the next in the row is taken. Throws `WebhookExists`; only in the
   * client's turn is it sure.
   */
  async #freeId(clientId: string, { url, events }: RequestedWebhook, on?: ClientBase): Promise<string> {
    return await this.#refuseTwin({ clientId, url, events, self: null }, on);
  }

  async #refuseTwinAfter({ webhookId, clientId, changes }: ChangeWebhook, on: ClientBase): Promise<void> {
    const { state } = await this.streams.load(webhookStream, webhookId);
    if (state.state !== 'LIVE' || state.clientId !== clientId) return;
    const { url, events } = { ...state, ...changes };
    await this.#refuseTwin({ clientId, url, events, self: webhookId }, on);
  }

  /** Looks at all that were registered so, and at those that the read model says were changed into it. */
  async #refuseTwin(wanted: Twin, on?: ClientBase): Promise<string> {
    for (const each of await this.table.all(wanted.clientId, on))
      if (isSameReceiver(each.url, wanted.url) && sameNames(each.events, wanted.events))
        await this.#isFree(each.webhookId, wanted);
    for (let place = 0; ; place += 1) {
      const names = [...wanted.events].sort().join(' ');
      const id = derivedId('webhook', wanted.clientId, receiverOf(wanted.url), names, place);
      if (await this.#isFree(id, wanted)) return id;
    }
  }

  /** The stream has the last word. */
  async #isFree(id: string, { url, events, self }: Twin): Promise<boolean> {
    const { state } = await this.streams.load(webhookStream, id);
    if (state.state === 'LIVE' && id !== self && isSameReceiver(state.url, url) && sameNames(state.events, events))
      throw new WebhookExists(id);
    return state.state === 'NONE';
  }
}

interface Twin {
  readonly clientId: string;
  readonly url: string;
  readonly events: readonly string[];
  readonly self: string | null;
}
