import { type Instant } from '../../kernel/instant.js';
import { type WebhookView } from './webhook.view.js';

/** A secret as it is recorded, and until when it signs; null: until it is rotated. */
export type KeptSecret = Readonly<{ sealed: string; until: Instant | null }>;

export type Webhook =
  | { readonly state: 'NONE' }
  | ExistingWebhook
  | { readonly state: 'CALLBACKS'; readonly clientId: string; readonly secrets: readonly KeptSecret[] }
  | { readonly state: 'DELETED'; readonly clientId: string };

export interface ExistingWebhook extends WebhookView {
  readonly state: 'LIVE';
  /** Newest first. */
  readonly secrets: readonly KeptSecret[];
  readonly failingSince: Instant | null;
}

const maxSecrets = 10;

/** The secrets after a new one has come. */
export const rotated = (secrets: readonly KeptSecret[], sealed: string, until: Instant): readonly KeptSecret[] => [
  { sealed, until: null },
  ...secrets.map((old) => ({ ...old, until: Math.min(old.until ?? until, until) })).slice(0, maxSecrets - 1),
];

/** Those that sign now. */
export const liveSecrets = (secrets: readonly KeptSecret[], at: Instant): readonly string[] =>
  secrets.filter(({ until }) => until === null || until > at).map(({ sealed }) => sealed);
