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

const day = 24 * 3_600_000;

describe('a webhook', () => {
  it('is created once', () => {
    given()
      .when(new CreateWebhook('w1', 'c1', requested, 's1'), 0)
      .then(created);
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

  it.each([{ url: 'https://example.com/b' }, { events: ['job.*', 'order.*'] }, { description: 'mine' }])(
    'is changed by each of its members alone: %j',
    (changes) => {
      given(created)
        .when(new ChangeWebhook('w1', 'c1', changes), 7)
        .then({ type: 'WebhookChanged', data: { ...name, ...requested, ...changes, changedAt: 7 } });
    },
  );

  it('wants the same in whatever order it is asked for', () => {
    const changed: WebhookEvent = {
      type: 'WebhookChanged',
      data: { ...name, ...requested, events: ['job.*', 'order.*'], changedAt: 7 },
    };
    const asked = (...events: string[]): ChangeWebhook => new ChangeWebhook('w1', 'c1', { events });
    given(created, changed).when(asked('order.*', 'job.*')).thenNothing();
    given(created, changed)
      .when(asked('order.*', 'bill.*'), 8)
      .then({ type: 'WebhookChanged', data: { ...changed.data, events: ['order.*', 'bill.*'], changedAt: 8 } });
    given(created, changed)
      .when(asked('order.*'), 8)
      .then({ type: 'WebhookChanged', data: { ...changed.data, events: ['order.*'], changedAt: 8 } });
  });

  it('is disabled and enabled by its client, also with a change', () => {
    given(created)
      .when(new ChangeWebhook('w1', 'c1', { enabled: false }), 1)
      .then(disabled);
    given(created, disabled)
      .when(new ChangeWebhook('w1', 'c1', { events: ['order.*'], enabled: true }), 7)
      .then(
        { type: 'WebhookChanged', data: { ...name, ...requested, events: ['order.*'], changedAt: 7 } },
        { type: 'WebhookEnabled', data: { ...name, events: ['order.*'], changedAt: 7 } },
      );
  });

  it('is deleted', () => {
    given(created).when(new DeleteWebhook('w1', 'c1')).then(deleted);
    expect(fold(webhookDecider, [created, deleted, disabled])).toEqual({ state: 'DELETED', clientId: 'c1' });
  });

  it('replays up to now at most, and by its own filters unless others are given', () => {
    const replay = (toAt: number): ReplayEvents => new ReplayEvents('w1', 'c1', 'r1', 0, toAt, ['order.*']);
    const asked = (toAt: number): WebhookEvent => ({
      type: 'WebhookReplayRequested',
      data: { ...name, replayId: 'r1', fromAt: 0, toAt, filters: ['order.*'] },
    });
    given(created).when(replay(50), 100).then(asked(50));
    given(created).when(replay(150), 100).then(asked(100));
    const webhook = fold(webhookDecider, [created]);
    expect(webhookDecider.evolve(webhook, asked(50))).toBe(webhook);
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
    given(created, failing, { type: 'WebhookRecovered', data: name }).when(new RecordSuccess('w1')).thenNothing();
    const after = fold(webhookDecider, [created, failing]);
    expect(webhookDecider.decide(new RecordFailure('w1', 1000), after, 1_099)).toEqual([]);
    expect(webhookDecider.decide(new RecordSuccess('w1'), after, 1_099)).toEqual([
      { type: 'WebhookRecovered', data: name },
    ]);
  });

  it('fails anew once it has answered', () => {
    const recovered: WebhookEvent = { type: 'WebhookRecovered', data: name };
    given(created, failing, recovered)
      .when(new RecordFailure('w1', 1_000), 500)
      .then({ type: 'WebhookFailing', data: { ...name, since: 500 } });
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

  it('fails no further while it is disabled, or is none any more', () => {
    const failed = new RecordFailure('w1', 1_000);
    given(created, failing, disabled).when(failed, 9_000).thenNothing();
    given(created, disabled).when(failed, 9_000).thenNothing();
    for (const command of [failed, new RecordSuccess('w1'), new DisableGone('w1')]) {
      given().when(command, 9_000).thenNothing();
      given(created, deleted).when(command, 9_000).thenNothing();
    }
  });

  it('is disabled once by a receiver that is gone', () => {
    given(created)
      .when(new DisableGone('w1'), 7)
      .then({ type: 'WebhookDisabled', data: { ...name, reason: 'gone', changedAt: 7 } });
    given(created, disabled).when(new DisableGone('w1')).thenNothing();
  });

  it('signs with the secret before for a day after a rotation, and no longer', () => {
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
  it('is made where there is none, and replaces what signs for another day', () => {
    const issued = (sealedSecret: string, at: number): WebhookEvent => ({
      type: 'CallbackSecretIssued',
      data: { ...name, sealedSecret, previousUntil: at + day },
    });
    given()
      .when(new IssueCallbackSecret('w1', 'c1', 's1', true), 5)
      .then(issued('s1', 5));
    given(issued('s1', 5))
      .when(new IssueCallbackSecret('w1', 'c1', 's2', false), 7)
      .then(issued('s2', 7));
    expect(fold(webhookDecider, [issued('s1', 5), issued('s2', 7)])).toEqual({
      state: 'CALLBACKS',
      clientId: 'c1',
      secrets: [
        { sealed: 's2', until: null },
        { sealed: 's1', until: 7 + day },
      ],
    });
    expect(fold(webhookDecider, [created, issued('s2', 7)])).toMatchObject({ secrets: [{ sealed: 's2' }] });
  });

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
    const anew: WebhookEvent = { type: 'WebhookSecretsSealedAnew', data: { ...name, secrets } };
    expect(fold(webhookDecider, [issued, anew])).toMatchObject({ secrets: [{ sealed: 't1' }] });
    expect(fold(webhookDecider, [created, deleted, anew])).toEqual({ state: 'DELETED', clientId: 'c1' });
  });

  it('are those that there are, and no others', () => {
    const command = new KeepSealedAnew('w1', [pair('s1', 't1'), pair('unknown', 't3')]);
    expect(webhookDecider.decide(command, fold(webhookDecider, [created]), 0)).toEqual([
      { type: 'WebhookSecretsSealedAnew', data: { ...name, secrets: [pair('s1', 't1')] } },
    ]);
  });
});
