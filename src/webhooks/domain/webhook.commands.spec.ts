import { describe, expect, it } from '@jest/globals';
import { type Command } from '../../kernel/message.js';
import { DropDelivery, PlanDelivery, RecordAttempt, RepeatDelivery } from './delivery.commands.js';
import { type DeliverySubject } from './delivery.events.js';
import {
  ChangeWebhook,
  CreateWebhook,
  DeleteWebhook,
  DisableGone,
  IssueCallbackSecret,
  KeepSealedAnew,
  RecordFailure,
  RecordSuccess,
  RedeliverEvent,
  RegisterWebhook,
  ReplayEvents,
  RotateSecret,
  TestWebhook,
} from './webhook.commands.js';

const requested = { url: 'https://example.com/', events: ['job.*'], description: null };
const subject: DeliverySubject = {
  ...{ deliveryId: 'd1', listenerId: 'w1', clientId: 'c1', callbackUrl: null, kind: 'job', eventId: 'e1' },
  ...{ eventName: 'job.succeeded', jobId: 'j1', scheduleId: null, revision: 4, position: '17' },
};

describe('a command to a webhook', () => {
  it.each<[Command, string, object | null]>([
    [new RegisterWebhook('c1', requested), 'RegisterWebhook', null],
    [new TestWebhook('w1', 'c1', 'e1'), 'TestWebhook', null],
    [new RedeliverEvent('w1', 'c1', 'd1'), 'RedeliverEvent', null],
    [new CreateWebhook('w1', 'c1', requested, 's1'), 'CreateWebhook', null],
    [new ChangeWebhook('w1', 'c1', { url: 'https://example.com/b' }), 'ChangeWebhook', null],
    [new ChangeWebhook('w1', 'c1', { enabled: false }), 'ChangeWebhook', { enabled: false }],
    [new RotateSecret('w1', 'c1', 's2'), 'RotateSecret', null],
    [new IssueCallbackSecret('w1', 'c1', 's1', true), 'IssueCallbackSecret', { onlyFirst: true }],
    [new ReplayEvents('w1', 'c1', 'r1', 5, null, ['job.*']), 'ReplayEvents', { toAt: null, filters: ['job.*'] }],
    [new DeleteWebhook('w1', 'c1'), 'DeleteWebhook', null],
    [new RecordFailure('w1', 1_000), 'RecordFailure', { disableAfterMs: 1_000 }],
    [new RecordSuccess('w1'), 'RecordSuccess', null],
    [new DisableGone('w1'), 'DisableGone', null],
    [new KeepSealedAnew('w1', []), 'KeepSealedAnew', null],
  ])('is kept with what its events do not hold: %j', (command, type, kept) => {
    expect([command.type, command.schema, command.kept]).toEqual([type, 1, kept]);
  });
});

describe('a command to a delivery', () => {
  const answer = { status: 500, durationMs: 5, failure: 'status', error: 'answered 500', isSent: true } as const;
  const policy = { maxAttempts: 3, backoffBaseMs: 1_000 };
  const failed = { kind: 'failed', retryAfterMs: null } as const;
  const delivered = { kind: 'delivered' } as const;

  it.each<[Command, string, number, object | null]>([
    [new PlanDelivery(subject), 'PlanDelivery', 1, null],
    [new RepeatDelivery(subject, true, 5), 'RepeatDelivery', 1, { askedAt: 5 }],
    [
      new RecordAttempt('d1', 1, 10, answer, failed, policy, 0.5),
      ...(['RecordAttempt', 2, { verdict: failed, policy, jitter: 0.5 }] as const),
    ],
    [
      new RecordAttempt('d1', 1, 10, answer, delivered, policy, 0.5),
      ...(['RecordAttempt', 2, { verdict: delivered }] as const),
    ],
    [new DropDelivery('d1', 'erased'), 'DropDelivery', 1, null],
  ])('is kept with what its events do not hold: %j', (command, type, schema, kept) => {
    expect([command.type, command.schema, command.kept]).toEqual([type, schema, kept]);
  });

  it('keeps nothing else of the policy of its sender', () => {
    const sender = { ...policy, timeoutMs: 10_000 };
    expect(new RecordAttempt('d1', 1, 10, answer, failed, sender, 0.5).kept).toMatchObject({ policy });
    expect(new RecordAttempt('d1', 1, 10, answer, failed, sender, 0.5).kept).not.toHaveProperty('policy.timeoutMs');
  });
});
