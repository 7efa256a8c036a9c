import type { ClientBase } from 'pg';
import type { Streams } from '../../engine/commands/streams.js';
import type { Position } from '../../kernel/recorded.js';
import { derivedId } from '../../platform/ids/ids.js';
import type { ChangeWebhook, CreateWebhook, WebhookCommand, WebhookWishes } from '../domain/webhook.commands.js';
import { isSameReceiver, receiverOf } from '../domain/receiver-of.js';
import { sameNames } from '../domain/webhook.decider.js';
import { WebhookExists } from '../domain/webhook.refusals.js';
import type { Webhook } from '../domain/webhook.state.js';
import type { WebhookTable } from '../queries/webhook-table.js';
import { webhookKind } from '../webhook.kind.js';

/** A webhook after a command, with the place of the last new event; null when nothing was new. */
export type WebhookOutcome = Readonly<{ webhook: Webhook; position: Position | null }>;

/** Carries commands to webhooks, and finds the id of a new one. */
export class WebhookDesk {
  constructor(
    private readonly streams: Streams,
    private readonly table: WebhookTable,
  ) {}

  async tell(command: WebhookCommand): Promise<WebhookOutcome> {
    const { state, position } = await this.streams.decideOn(webhookKind, command.webhookId, command);
    return { webhook: state, position };
  }

  /**
   * The id follows from what is asked for, so that the same wish made twice at once meets itself in one stream. One that
   * was deleted or changed since leaves its id, and the next in the row is taken. Throws `WebhookExists` where one is seen
   * already; another may come until the create has its turn.
   */
  async freeId(clientId: string, { url, events }: WebhookWishes): Promise<string> {
    return await this.refuseTwin({ clientId, url, events, self: null });
  }

  /** Throws `WebhookExists` when another webhook of the client is the same. To be asked in the client's turn. */
  async refuseTwinOf({ webhookId, clientId, wishes }: CreateWebhook, on: ClientBase): Promise<void> {
    const { url, events } = wishes;
    await this.refuseTwin({ clientId, url, events, self: webhookId }, on);
  }

  /** Throws `WebhookExists` when a change would make a webhook the same as another. To be asked in the client's turn. */
  async refuseTwinAfter({ webhookId, clientId, changes }: ChangeWebhook, on: ClientBase): Promise<void> {
    const { state } = await this.streams.load(webhookKind, webhookId);
    if (state.kind !== 'webhook' || state.clientId !== clientId) return;
    const { url, events } = { ...state, ...changes };
    await this.refuseTwin({ clientId, url, events, self: webhookId }, on);
  }

  /** Looks at all that were registered so, and at those that the read model says were changed into it. */
  private async refuseTwin(wanted: Twin, on?: ClientBase): Promise<string> {
    for (const each of await this.table.all(wanted.clientId, on))
      if (isSameReceiver(each.url, wanted.url) && sameNames(each.events, wanted.events))
        await this.isFree(each.webhookId, wanted);
    for (let place = 0; ; place += 1) {
      const names = [...wanted.events].sort().join(' ');
      const id = derivedId('webhook', wanted.clientId, receiverOf(wanted.url), names, place);
      if (await this.isFree(id, wanted)) return id;
    }
  }

  /** The stream has the last word. */
  private async isFree(id: string, { url, events, self }: Twin): Promise<boolean> {
    const { state } = await this.streams.load(webhookKind, id);
    if (state.kind === 'webhook' && id !== self && isSameReceiver(state.url, url) && sameNames(state.events, events))
      throw new WebhookExists(id);
    return state.kind === 'none';
  }
}

interface Twin {
  readonly clientId: string;
  readonly url: string;
  readonly events: readonly string[];
  readonly self: string | null;
}
