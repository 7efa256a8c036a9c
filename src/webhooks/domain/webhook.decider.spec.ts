import { describe, expect, it } from '@jest/globals';
import { fold } from '../../kernel/decider.js';
import { lostMembers, specFor } from '../../../test/support/given.js';
import {
  ChangeWebhook,
  CreateWebhook,
  DeleteWebhook,
  DisableGone,
  IssueCallbackSecret,
  KeepSealedAnew,
  RecordFailure,
  RecordSuccess,
  ReplayEvents,
  RotateSecret,
} from './webhook.commands.js';
import { webhookDecider } from './webhook.decider.js';
import { type WebhookEvent } from './webhook.events.js';
import { WebhookExists, WebhookIsDisabled, WebhookNotFound } from './webhook.refusals.js';
import { liveSecrets } from './webhook.state.js';

const given = specFor(webhookDecider);
const name = { webhookId: 'w1', clientId: 'c1' };
const requested = { url: 'https://example.com/', events: ['job.*'], description: null };
const created: WebhookEvent = {
  type: 'WebhookCreated',
  data: { ...name, ...requested, sealedSecret: 's1', createdAt: 0 },
};
const disabled: WebhookEvent = { type: 'WebhookDisabled', data: { ...name, reason: 'requested', changedAt: 1 } };
const failing: WebhookEvent = { type: 'WebhookFailing', data: { ...name, since: 100 } };
const deleted: WebhookEvent = { type: 'WebhookDeleted', data: name };

describe('a webhook', () => {
  it('is created once', () => {
    given(created)
      .when(new CreateWebhook('w1', 'c1', requested, 's2'))
      .thenRefused(WebhookExists);
    given(created, deleted)
      .when(new CreateWebhook('w1', 'c1', requested, 's2'))
      .thenRefused(WebhookExists);
  });

  it.each([
    new ChangeWebhook('w1', 'c2', { enabled: false }),
    new RotateSecret('w1', 'c2', 's2'),
    new ReplayEvents('w1', 'c2', 'r1', 0, null, null),
    new DeleteWebhook('w1', 'c2'),
  ])('belongs to its client alone', (command) => {
    given(created).when(command).thenRefused(WebhookNotFound);
    given().when(command).thenRefused(WebhookNotFound);
    given(created, deleted).when(command).thenRefused(WebhookNotFound);
  });

  it('says nothing about a change that changes nothing', () => {
    given(created)
      .when(new ChangeWebhook('w1', 'c1', { url: requested.url, events: ['job.*'], enabled: true }))
      .thenNothing();
    given(created, disabled)
      .when(new ChangeWebhook('w1', 'c1', { enabled: false }))
      .thenNothing();
    given(created, deleted).when(new DeleteWebhook('w1', 'c1')).thenRefused(WebhookNotFound);
  });

  it('keeps what was asked for a replay beside what it came to', () => {
    given(created)
      .when(new ReplayEvents('w1', 'c1', 'r1', 0, null, null), 100)
      .then({
        type: 'WebhookReplayRequested',
        data: { ...name, replayId: 'r1', fromAt: 0, toAt: 100, filters: requested.events },
      });
  });

  it('replays nothing while it is disabled', () => {
    given(created, disabled)
      .when(new ReplayEvents('w1', 'c1', 'r1', 0, null, null))
      .thenRefused(WebhookIsDisabled);
  });

  it('fails from the first failure on, until it answers', () => {
    given(created).when(new RecordFailure('w1', 1000), 100).then(failing);
    given(created).when(new RecordSuccess('w1')).thenNothing();
    const after = fold(webhookDecider, [created, failing]);
    expect(webhookDecider.decide(new RecordFailure('w1', 1000), after, 1_099)).toEqual([]);
    expect(webhookDecider.decide(new RecordSuccess('w1'), after, 1_099)).toEqual([
      { type: 'WebhookRecovered', data: name },
    ]);
  });

  it('goes on failing in another spelling of its URL, and not at another receiver', () => {
    const movedTo = (url: string): WebhookEvent => ({
      type: 'WebhookChanged',
      data: { ...name, ...requested, url, changedAt: 200 },
    });
    const same = movedTo('HTTPS://example.com:443/#x');
    expect(fold(webhookDecider, [created, failing, same])).toMatchObject({ failingSince: 100 });
    expect(fold(webhookDecider, [created, failing, movedTo('https://example.com/b')])).toMatchObject({
      failingSince: null,
    });
  });

  it('is disabled once it has failed for too long', () => {
    const after = fold(webhookDecider, [created, failing]);
    expect(webhookDecider.decide(new RecordFailure('w1', 1000), after, 1_100)).toEqual([
      { type: 'WebhookDisabled', data: { ...name, reason: 'failing', changedAt: 1_100 } },
    ]);
    const enabled: WebhookEvent = { type: 'WebhookEnabled', data: { ...name, events: ['job.*'], changedAt: 2 } };
    expect(fold(webhookDecider, [created, failing, disabled, enabled])).toMatchObject({
      enabled: true,
      failingSince: null,
    });
  });

  it('is disabled once by a receiver that is gone', () => {
    given(created, disabled).when(new DisableGone('w1')).thenNothing();
  });

  it('signs with the secret before for a day after a rotation, and no longer', () => {
    const day = 24 * 3_600_000;
    const rotated = webhookDecider.decide(new RotateSecret('w1', 'c1', 's2'), fold(webhookDecider, [created]), 1000);
    const state = fold(webhookDecider, [created, ...rotated]);
    const secrets = state.state === 'LIVE' ? state.secrets : [];
    expect(liveSecrets(secrets, 1000 + day - 1)).toEqual(['s2', 's1']);
    expect(liveSecrets(secrets, 1000 + day)).toEqual(['s2']);
  });

  it('does not live longer with a secret because it is rotated often', () => {
    const first = webhookDecider.decide(new RotateSecret('w1', 'c1', 's2'), fold(webhookDecider, [created]), 0);
    const then = fold(webhookDecider, [created, ...first]);
    const second = webhookDecider.decide(new RotateSecret('w1', 'c1', 's3'), then, 1000);
    const state = fold(webhookDecider, [created, ...first, ...second]);
    const secrets = state.state === 'LIVE' ? state.secrets : [];
    expect(liveSecrets(secrets, 24 * 3_600_000)).toEqual(['s3', 's2']);
  });
});

describe('the secret of callbacks', () => {
  it('is made once by those who only need one', () => {
    const issued: WebhookEvent = {
      type: 'CallbackSecretIssued',
      data: { ...name, sealedSecret: 's1', previousUntil: 5 },
    };
    given(issued)
      .when(new IssueCallbackSecret('w1', 'c1', 's2', true))
      .thenNothing();
    const state = fold(webhookDecider, [issued]);
    const rotate = new IssueCallbackSecret('w1', 'c1', 's2', false);
    const rotated = webhookDecider.decide(rotate, state, 0);
    expect(lostMembers(rotate, [issued, ...rotated])).toEqual([]);
    expect(webhookDecider.evolve(state, rotated[0] ?? issued)).toMatchObject({
      secrets: [{ sealed: 's2' }, { sealed: 's1' }],
    });
  });
});

describe('secrets that are sealed anew', () => {
  const pair = (before: string, after: string) => ({ before, after });

  it('are kept in the place of those they were, for as long as those', () => {
    const rotated: WebhookEvent = {
      type: 'WebhookSecretRotated',
      data: { ...name, sealedSecret: 's2', previousUntil: 1_000 },
    };
    const secrets = [pair('s2', 't2'), pair('s1', 't1')];
    const anew: WebhookEvent = { type: 'WebhookSecretsSealedAnew', data: { ...name, secrets } };
    given(created, rotated).when(new KeepSealedAnew('w1', secrets)).then(anew);
    const webhook = fold(webhookDecider, [created, rotated, anew]);
    expect(webhook.state === 'LIVE' && webhook.secrets).toEqual([
      { sealed: 't2', until: null },
      { sealed: 't1', until: 1_000 },
    ]);
    given(created, rotated, anew).when(new KeepSealedAnew('w1', secrets)).thenNothing();
  });

  it('are those of callbacks, too, and nothing of what is deleted', () => {
    const issued: WebhookEvent = {
      type: 'CallbackSecretIssued',
      data: { ...name, sealedSecret: 's1', previousUntil: 1_000 },
    };
    const secrets = [pair('s1', 't1')];
    given(issued)
      .when(new KeepSealedAnew('w1', secrets))
      .then({ type: 'WebhookSecretsSealedAnew', data: { ...name, secrets } });
    given(issued)
      .when(new KeepSealedAnew('w1', [pair('unknown', 't3')]))
      .thenNothing();
    given(created, deleted).when(new KeepSealedAnew('w1', secrets)).thenNothing();
    given().when(new KeepSealedAnew('w1', secrets)).thenNothing();
  });
});
