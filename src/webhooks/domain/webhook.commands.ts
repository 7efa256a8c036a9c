import { type Instant } from '../../kernel/instant.js';
import { Command } from '../../kernel/message.js';
import { type Positioned } from '../../kernel/recorded.js';
import { type DeliveryOutcome, type RegisteredWebhook, type WebhookOutcome } from './webhook.outcomes.js';

export type WebhookCommand =
  | CreateWebhook
  | ChangeWebhook
  | RotateSecret
  | IssueCallbackSecret
  | ReplayEvents
  | DeleteWebhook
  | RecordFailure
  | RecordSuccess
  | DisableGone
  | KeepSealedAnew;

export type RequestedWebhook = Readonly<{ url: string; events: readonly string[]; description: string | null }>;

/** Asks for a webhook. Its id, and the secret that only the answer shows, are found by its handler. */
export class RegisterWebhook extends Command<RegisteredWebhook> {
  readonly type = 'RegisterWebhook';
  constructor(
    readonly clientId: string,
    readonly requested: RequestedWebhook,
  ) {
    super();
  }
}

/** Sends an event of its own to a webhook. */
export class TestWebhook extends Command<DeliveryOutcome> {
  readonly type = 'TestWebhook';
  constructor(
    readonly webhookId: string,
    readonly clientId: string,
    readonly eventId: string,
  ) {
    super();
  }
}

/** Sends once more what a delivery was about. */
export class RedeliverEvent extends Command<DeliveryOutcome> {
  readonly type = 'RedeliverEvent';
  constructor(
    readonly webhookId: string,
    readonly clientId: string,
    readonly deliveryId: string,
  ) {
    super();
  }
}

export class CreateWebhook extends Command {
  readonly type = 'CreateWebhook';
  constructor(
    readonly webhookId: string,
    readonly clientId: string,
    readonly requested: RequestedWebhook,
    readonly sealedSecret: string,
  ) {
    super();
  }
}

/** What is not in the changes stays as it is. */
export class ChangeWebhook extends Command<WebhookOutcome> {
  readonly type = 'ChangeWebhook';
  constructor(
    readonly webhookId: string,
    readonly clientId: string,
    readonly changes: Partial<RequestedWebhook> & { readonly enabled?: boolean },
  ) {
    super();
  }

  override get kept() {
    return this.changes.enabled === undefined ? null : { enabled: this.changes.enabled };
  }
}

export class RotateSecret extends Command<WebhookOutcome> {
  readonly type = 'RotateSecret';
  constructor(
    readonly webhookId: string,
    readonly clientId: string,
    readonly sealedSecret: string,
  ) {
    super();
  }
}

/** Gives a client's callbacks a secret. `onlyFirst`: where there is one already, it stays. */
export class IssueCallbackSecret extends Command<WebhookOutcome> {
  readonly type = 'IssueCallbackSecret';
  constructor(
    readonly webhookId: string,
    readonly clientId: string,
    readonly sealedSecret: string,
    readonly onlyFirst: boolean,
  ) {
    super();
  }

  override get kept() {
    const { onlyFirst } = this;
    return { onlyFirst };
  }
}

export class ReplayEvents extends Command<Positioned> {
  readonly type = 'ReplayEvents';
  constructor(
    readonly webhookId: string,
    readonly clientId: string,
    readonly replayId: string,
    readonly fromAt: Instant,
    /** Null: until now. */
    readonly toAt: Instant | null,
    /** Null: what the webhook listens to. */
    readonly filters: readonly string[] | null,
  ) {
    super();
  }

  override get kept() {
    const { toAt, filters } = this;
    return { toAt, filters };
  }
}

export class DeleteWebhook extends Command<Positioned> {
  readonly type = 'DeleteWebhook';
  constructor(
    readonly webhookId: string,
    readonly clientId: string,
  ) {
    super();
  }
}

/** A delivery failed; after too long a time of nothing else the webhook is disabled. */
export class RecordFailure extends Command {
  readonly type = 'RecordFailure';
  constructor(
    readonly webhookId: string,
    readonly disableAfterMs: number,
  ) {
    super();
  }

  override get kept() {
    const { disableAfterMs } = this;
    return { disableAfterMs };
  }
}

export class RecordSuccess extends Command {
  readonly type = 'RecordSuccess';
  constructor(readonly webhookId: string) {
    super();
  }
}

/** The receiver says that it wants nothing any more. */
export class DisableGone extends Command {
  readonly type = 'DisableGone';
  constructor(readonly webhookId: string) {
    super();
  }
}

/** A secret as it was recorded, and the same secret sealed with the key in force. */
export type SealedAnew = Readonly<{ before: string; after: string }>;

/** The key that seals has changed, and with it how the secrets are kept. They themselves stay. */
export class KeepSealedAnew extends Command {
  readonly type = 'KeepSealedAnew';
  constructor(
    readonly webhookId: string,
    readonly secrets: readonly SealedAnew[],
  ) {
    super();
  }
}
