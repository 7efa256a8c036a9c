import { describe, expect, it } from '@jest/globals';
import { fold } from '../../kernel/decider.js';
import { lostMembers, specFor } from '../../../test/support/given.js';
import { type AttemptVerdict, DropDelivery, PlanDelivery, RecordAttempt, RepeatDelivery } from './delivery.commands.js';
import { deliveryDecider } from './delivery.decider.js';
import { type DeliveryEvent, type DeliverySubject } from './delivery.events.js';

const given = specFor(deliveryDecider);
const subject: DeliverySubject = {
  deliveryId: 'd1',
  listenerId: 'w1',
  clientId: 'c1',
  callbackUrl: null,
  kind: 'job',
  scheduleId: null,
  eventId: 'e1',
  eventName: 'job.succeeded',
  jobId: 'j1',
  revision: 4,
  position: '17',
};
const policy = { maxAttempts: 3, backoffBaseMs: 1000 };
const planned: DeliveryEvent = { type: 'DeliveryPlanned', data: { ...subject, isReplay: false, plannedAt: 0 } };
const failed: AttemptVerdict = { kind: 'failed', retryAfterMs: null };
const answer = { status: 500, durationMs: 5, failure: 'status', error: 'answered 500', isSent: true } as const;

const attemptIn = (
  events: readonly DeliveryEvent[],
  number: number,
  verdict: AttemptVerdict,
  jitter = 0.5,
): readonly DeliveryEvent[] => {
  const command = new RecordAttempt('d1', number, 10, answer, verdict, policy, jitter);
  const decided = [...events, ...deliveryDecider.decide(command, fold(deliveryDecider, events), 10)];
  // What a failure comes to can be worked out again later; `startedAt` is the attempt's `at`.
  if (verdict.kind === 'failed' && decided.length > events.length)
    expect(lostMembers(command, decided).filter(([member]) => member !== 'startedAt')).toEqual([]);
  return decided;
};

const nextOf = (events: readonly DeliveryEvent[]): number | null => {
  const last = events.findLast((each) => each.type === 'DeliveryAttempted');
  return last?.type === 'DeliveryAttempted' ? last.data.nextAttemptAt : null;
};

describe('a delivery', () => {
  it('is planned once', () => {
    given().when(new PlanDelivery(subject), 0).then(planned);
    given()
      .when(new RepeatDelivery(subject, false, 5), 7)
      .then({ type: 'DeliveryPlanned', data: { ...subject, isReplay: true, plannedAt: 7 } });
    expect(fold(deliveryDecider, [planned])).toEqual({
      ...{ state: 'PENDING', subject, isReplay: false, attempts: 0, attemptsBefore: 0, sent: 0 },
      ...{ plannedAt: 0, openedAt: 0, nextAttemptAt: 0 },
    });
    given(planned).when(new PlanDelivery(subject)).thenNothing();
    given(planned)
      .when(new RepeatDelivery(subject, true, 5))
      .thenNothing();
  });

  it('waits longer after each failure, and is exhausted after the last', () => {
    const once = attemptIn([planned], 1, failed);
    expect(nextOf(once)).toBe(1_010);
    const twice = attemptIn(once, 2, failed);
    expect(nextOf(twice)).toBe(2_010);
    const thrice = attemptIn(twice, 3, failed);
    expect(nextOf(thrice)).toBeNull();
    expect(thrice.at(-1)).toMatchObject({ type: 'DeliveryExhausted', data: { attempts: 3 } });
    expect(fold(deliveryDecider, thrice)).toMatchObject({ state: 'EXHAUSTED', attempts: 3 });
  });

  it('counts what may have reached the receiver apart from what found no connection', () => {
    const unsent = { ...answer, status: null, isSent: false };
    const once = new RecordAttempt('d1', 1, 10, unsent, failed, policy, 0.5);
    const events = [planned, ...deliveryDecider.decide(once, fold(deliveryDecider, [planned]), 10)];
    expect(fold(deliveryDecider, events)).toMatchObject({ state: 'PENDING', attempts: 1, sent: 0 });
    const again = attemptIn(events, 2, failed);
    expect(fold(deliveryDecider, again)).toMatchObject({ state: 'PENDING', attempts: 2, sent: 1 });
  });

  it('tells each attempt as it went, and where it stands after it', () => {
    const once = attemptIn([planned], 1, failed);
    const data = { deliveryId: 'd1', listenerId: 'w1', clientId: 'c1', attempt: 1, at: 10, ...answer };
    expect(once.slice(1)).toEqual([{ type: 'DeliveryAttempted', data: { ...data, nextAttemptAt: 1_010 } }]);
    expect(fold(deliveryDecider, once)).toMatchObject({ state: 'PENDING', nextAttemptAt: 1_010 });
    const last: DeliveryEvent = { type: 'DeliveryAttempted', data: { ...data, nextAttemptAt: null } };
    expect(fold(deliveryDecider, [planned, last])).toMatchObject({ state: 'PENDING', nextAttemptAt: 10 });
  });

  it('is none that anything happens to before it is planned', () => {
    const dropped = { deliveryId: 'd1', listenerId: 'w1', clientId: 'c1', reason: 'listener' } as const;
    expect(fold(deliveryDecider, [{ type: 'DeliveryDropped', data: dropped }])).toEqual({ state: 'NONE' });
    expect(attemptIn([], 1, failed)).toEqual([]);
    expect(attemptIn([planned], 2, failed)).toEqual([planned]);
  });

  it('waits a fifth less or more, by chance', () => {
    expect(nextOf(attemptIn([planned], 1, failed, 0))).toBe(810);
    expect(nextOf(attemptIn([planned], 1, failed, 1))).toBe(1_210);
  });

  it('waits as long as it is asked to, a day at most', () => {
    const asked = (retryAfterMs: number): AttemptVerdict => ({ kind: 'failed', retryAfterMs });
    expect(nextOf(attemptIn([planned], 1, asked(60_000)))).toBe(60_010);
    expect(nextOf(attemptIn([planned], 1, asked(0)))).toBe(1_010);
    expect(nextOf(attemptIn([planned], 1, asked(90 * 86_400_000)))).toBe(86_400_010);
    const patient = { maxAttempts: 3, backoffBaseMs: 90 * 86_400_000 };
    const once = new RecordAttempt('d1', 1, 10, answer, failed, patient, 0);
    expect(nextOf(deliveryDecider.decide(once, fold(deliveryDecider, [planned]), 10))).toBe(0.8 * 86_400_000 + 10);
  });

  it('ends with a success, and with a receiver that is gone', () => {
    const delivered = attemptIn([planned], 1, { kind: 'delivered' });
    expect(delivered.slice(1).map(({ type }) => type)).toEqual(['DeliveryAttempted', 'DeliverySucceeded']);
    const gone = attemptIn([planned], 1, { kind: 'gone' });
    expect(gone.at(-1)).toMatchObject({ type: 'DeliveryDropped', data: { reason: 'listener' } });
    const states = [delivered, gone].map((events) => fold(deliveryDecider, events).state);
    expect(states).toEqual(['DELIVERED', 'DROPPED']);
    expect([delivered, gone].map(nextOf)).toEqual([null, null]);
  });

  it('records an attempt once, whoever tells it again', () => {
    const once = attemptIn([planned], 1, failed);
    expect(attemptIn(once, 1, failed)).toEqual(once);
    const delivered = attemptIn(once, 2, { kind: 'delivered' });
    expect(attemptIn(delivered, 3, failed)).toEqual(delivered);
  });

  it('is dropped only while it is pending', () => {
    given(planned)
      .when(new DropDelivery('d1', 'erased'))
      .then({
        type: 'DeliveryDropped',
        data: { deliveryId: 'd1', listenerId: 'w1', clientId: 'c1', reason: 'erased' },
      });
    const delivered = attemptIn([planned], 1, { kind: 'delivered' });
    given(...delivered)
      .when(new DropDelivery('d1', 'listener'))
      .thenNothing();
  });

  it('has all its attempts again when it is made again, and goes on counting', () => {
    const exhausted = attemptIn(attemptIn(attemptIn([planned], 1, failed), 2, failed), 3, failed);
    const state = fold(deliveryDecider, exhausted);
    const reopened = deliveryDecider.decide(new RepeatDelivery(subject, false, 50), state, 60);
    expect(reopened).toMatchObject([{ type: 'DeliveryReopened', data: { isReplay: false, reopenedAt: 60 } }]);
    const again = [...exhausted, ...reopened];
    expect(fold(deliveryDecider, again)).toEqual({
      ...{ state: 'PENDING', subject, isReplay: false, attempts: 3, attemptsBefore: 3, sent: 0 },
      ...{ plannedAt: 0, openedAt: 60, nextAttemptAt: 60 },
    });
    expect(nextOf(attemptIn(again, 4, failed))).toBe(1_010);
    // The same request, sent again.
    const delivered = attemptIn(again, 4, { kind: 'delivered' });
    given(...delivered)
      .when(new RepeatDelivery(subject, false, 50))
      .thenNothing();
    given(...delivered)
      .when(new RepeatDelivery(subject, true, 60), 70)
      .then({ type: 'DeliveryReopened', data: { ...subject, isReplay: true, reopenedAt: 70 } });
  });
});
