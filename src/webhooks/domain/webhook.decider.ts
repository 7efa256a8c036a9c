import { type Decider } from '../../kernel/decider.js';
import { exhaustive } from '../../kernel/exhaustive.js';
import { type Instant } from '../../kernel/instant.js';
import { isSameReceiver } from './receiver-of.js';
import {
  type ChangeWebhook,
  type KeepSealedAnew,
  type RecordFailure,
  type ReplayEvents,
  type WebhookCommand,
} from './webhook.commands.js';
import { type WebhookEvent } from './webhook.events.js';
import { WebhookExists, WebhookIsDisabled, WebhookNotFound } from './webhook.refusals.js';
import { type ExistingWebhook, rotated, type Webhook } from './webhook.state.js';
import { changesBy, created } from './webhook.view.js';

const overlapMs = 24 * 3_600_000;

/** A listener: who it is, what it wants, which secrets sign its deliveries, and whether it still answers. */
export const webhookDecider: Decider<Webhook, WebhookCommand, WebhookEvent> = {
  initialState: { state: 'NONE' },

  decide(command, webhook, at) {
    switch (command.type) {
      case 'CreateWebhook': {
        if (webhook.state !== 'NONE') throw new WebhookExists(command.webhookId);
        const { webhookId, clientId, requested, sealedSecret } = command;
        return [{ type: 'WebhookCreated', data: { webhookId, clientId, ...requested, sealedSecret, createdAt: at } }];
      }
      case 'IssueCallbackSecret': {
        const { webhookId, clientId, sealedSecret } = command;
        if (webhook.state === 'CALLBACKS' && command.onlyFirst) return [];
        const data = { webhookId, clientId, sealedSecret, previousUntil: at + overlapMs };
        return [{ type: 'CallbackSecretIssued', data }];
      }
      case 'ChangeWebhook':
        return change(command, owned(webhook, command), at);
      case 'RotateSecret': {
        const { webhookId, clientId } = owned(webhook, command);
        const data = { webhookId, clientId, sealedSecret: command.sealedSecret, previousUntil: at + overlapMs };
        return [{ type: 'WebhookSecretRotated', data }];
      }
      case 'ReplayEvents':
        return replay(command, owned(webhook, command), at);
      case 'DeleteWebhook': {
        const { webhookId, clientId } = owned(webhook, command);
        return [{ type: 'WebhookDeleted', data: { webhookId, clientId } }];
      }
      case 'RecordFailure':
        return webhook.state === 'LIVE' ? recordFailure(command, webhook, at) : [];
      case 'RecordSuccess':
        if (webhook.state !== 'LIVE' || webhook.failingSince === null) return [];
        return [{ type: 'WebhookRecovered', data: nameOf(webhook) }];
      case 'DisableGone':
        if (webhook.state !== 'LIVE' || !webhook.enabled) return [];
        return [{ type: 'WebhookDisabled', data: { ...nameOf(webhook), reason: 'gone', changedAt: at } }];
      case 'KeepSealedAnew':
        return keepSealedAnew(command, webhook);
      default:
        return exhaustive(command);
    }
  },

  evolve(webhook, event) {
    const { type, data } = event;
    if (type === 'CallbackSecretIssued') {
      const before = webhook.state === 'CALLBACKS' ? webhook.secrets : [];
      const secrets = rotated(before, data.sealedSecret, data.previousUntil);
      return { state: 'CALLBACKS', clientId: data.clientId, secrets };
    }
    if (type === 'WebhookCreated') {
      const secrets = [{ sealed: data.sealedSecret, until: null }];
      return { state: 'LIVE', ...created(event), failingSince: null, secrets };
    }
    if (type === 'WebhookSecretsSealedAnew') {
      if (webhook.state !== 'LIVE' && webhook.state !== 'CALLBACKS') return webhook;
      const after = new Map(data.secrets.map((each) => [each.before, each.after]));
      const secrets = webhook.secrets.map((kept) => ({ ...kept, sealed: after.get(kept.sealed) ?? kept.sealed }));
      return { ...webhook, secrets };
    }
    if (type === 'WebhookDeleted') return { state: 'DELETED', clientId: data.clientId };
    if (webhook.state !== 'LIVE') return webhook;
    switch (type) {
      case 'WebhookChanged': {
        // Another receiver has not failed yet; another spelling of the same one has.
        const failingSince = isSameReceiver(data.url, webhook.url) ? webhook.failingSince : null;
        return { ...webhook, ...changesBy(event), failingSince };
      }
      case 'WebhookEnabled':
        return { ...webhook, ...changesBy(event), failingSince: null };
      case 'WebhookDisabled':
        return { ...webhook, ...changesBy(event) };
      case 'WebhookSecretRotated':
        return { ...webhook, secrets: rotated(webhook.secrets, data.sealedSecret, data.previousUntil) };
      case 'WebhookFailing':
        return { ...webhook, failingSince: data.since };
      case 'WebhookRecovered':
        return { ...webhook, failingSince: null };
      case 'WebhookReplayRequested':
        return webhook;
      default:
        return exhaustive(type);
    }
  },
};

/** Another's webhook is answered exactly like one that does not exist. */
function owned(webhook: Webhook, asked: { readonly webhookId: string; readonly clientId: string }): ExistingWebhook {
  if (webhook.state !== 'LIVE' || webhook.clientId !== asked.clientId) throw new WebhookNotFound(asked.webhookId);
  return webhook;
}

const nameOf = ({ webhookId, clientId }: ExistingWebhook): { webhookId: string; clientId: string } => ({
  webhookId,
  clientId,
});

function change({ changes }: ChangeWebhook, webhook: ExistingWebhook, at: Instant): readonly WebhookEvent[] {
  const { enabled, ...requested } = changes;
  const { url, events, description } = { ...webhook, ...requested };
  const isNew = url !== webhook.url || description !== webhook.description || !sameNames(events, webhook.events);
  const answer: WebhookEvent[] = [];
  if (isNew)
    answer.push({ type: 'WebhookChanged', data: { ...nameOf(webhook), url, events, description, changedAt: at } });
  if (enabled === true && !webhook.enabled)
    answer.push({ type: 'WebhookEnabled', data: { ...nameOf(webhook), events, changedAt: at } });
  if (enabled === false && webhook.enabled)
    answer.push({ type: 'WebhookDisabled', data: { ...nameOf(webhook), reason: 'requested', changedAt: at } });
  return answer;
}

/** What was rotated away meanwhile, or sealed anew by another node, is left out. */
function keepSealedAnew({ webhookId, secrets }: KeepSealedAnew, webhook: Webhook): readonly WebhookEvent[] {
  if (webhook.state !== 'LIVE' && webhook.state !== 'CALLBACKS') return [];
  const wanted = secrets.filter(({ before }) => webhook.secrets.some(({ sealed }) => sealed === before));
  if (wanted.length === 0) return [];
  const { clientId } = webhook;
  return [{ type: 'WebhookSecretsSealedAnew', data: { webhookId, clientId, secrets: wanted } }];
}

/** Whether two filters ask for the same, in whatever order. */
export function sameNames(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((name) => other.includes(name));
}

function replay(command: ReplayEvents, webhook: ExistingWebhook, at: Instant): readonly WebhookEvent[] {
  if (!webhook.enabled) throw new WebhookIsDisabled(webhook.webhookId);
  const { replayId, fromAt, toAt, filters } = command;
  return [
    {
      type: 'WebhookReplayRequested',
      data: {
        ...nameOf(webhook),
        replayId,
        fromAt,
        toAt: Math.min(toAt ?? at, at),
        filters: filters ?? webhook.events,
      },
    },
  ];
}

function recordFailure(command: RecordFailure, webhook: ExistingWebhook, at: Instant): readonly WebhookEvent[] {
  if (!webhook.enabled) return [];
  if (webhook.failingSince === null) return [{ type: 'WebhookFailing', data: { ...nameOf(webhook), since: at } }];
  if (at - webhook.failingSince < command.disableAfterMs) return [];
  return [{ type: 'WebhookDisabled', data: { ...nameOf(webhook), reason: 'failing', changedAt: at } }];
}
