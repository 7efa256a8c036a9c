import { type Instant } from '../../kernel/instant.js';
import { type DomainEvent } from '../../kernel/message.js';

export type WebhookEvent =
  | WebhookCreated
  | WebhookChanged
  | WebhookEnabled
  | WebhookDisabled
  | WebhookSecretRotated
  | WebhookFailing
  | WebhookRecovered
  | WebhookReplayRequested
  | WebhookDeleted
  | CallbackSecretIssued
  | WebhookSecretsSealedAnew;

/** `requested` by its client; `gone`: it answered 410; `failing` for too long. */
export type DisabledReason = 'requested' | 'gone' | 'failing';

/** Every event names its client, so that no reader has to look another event up to know whose it is. */
type OfWebhook = Readonly<{ webhookId: string; clientId: string }>;

/** Secrets are recorded sealed: they sign, so they must be readable again, but only by the engine. */
export type WebhookCreated = DomainEvent<
  'WebhookCreated',
  OfWebhook & {
    url: string;
    events: readonly string[];
    description: string | null;
    sealedSecret: string;
    createdAt: Instant;
  }
>;

/** How it stands after a change. */
export type WebhookChanged = DomainEvent<
  'WebhookChanged',
  OfWebhook & { url: string; events: readonly string[]; description: string | null; changedAt: Instant }
>;

export type WebhookEnabled = DomainEvent<
  'WebhookEnabled',
  OfWebhook & { events: readonly string[]; changedAt: Instant }
>;

export type WebhookDisabled = DomainEvent<
  'WebhookDisabled',
  OfWebhook & { reason: DisabledReason; changedAt: Instant }
>;

/** Both secrets sign until `previousUntil`. */
type WebhookSecretRotated = DomainEvent<
  'WebhookSecretRotated',
  OfWebhook & { sealedSecret: string; previousUntil: Instant }
>;

/** The first failure since it last answered. */
type WebhookFailing = DomainEvent<'WebhookFailing', OfWebhook & { since: Instant }>;

type WebhookRecovered = DomainEvent<'WebhookRecovered', OfWebhook>;

/** Past events are to be sent again: those decided in the span, both ends inclusive. */
type WebhookReplayRequested = DomainEvent<
  'WebhookReplayRequested',
  OfWebhook & { replayId: string; fromAt: Instant; toAt: Instant; filters: readonly string[] }
>;

export type WebhookDeleted = DomainEvent<'WebhookDeleted', OfWebhook>;

/** The secret that signs all callbacks of a client; it has a stream like a webhook's, and nothing else of one. */
type CallbackSecretIssued = DomainEvent<
  'CallbackSecretIssued',
  OfWebhook & { sealedSecret: string; previousUntil: Instant }
>;

/** The same secrets, sealed with another key: of a webhook, or of a client's callbacks. */
type WebhookSecretsSealedAnew = DomainEvent<
  'WebhookSecretsSealedAnew',
  OfWebhook & { secrets: readonly { readonly before: string; readonly after: string }[] }
>;
