import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { sealingWith } from '../../../test/support/database-settings.js';
import { Streams } from '../../engine/commands/streams.js';
import { type Cause } from '../../kernel/message.js';
import { Clock } from '../../platform/clock/clock.js';
import { type EgressAnswer } from '../../platform/egress/egress.js';
import { RandomIds } from '../../platform/ids/ids.js';
import { MemoryEventStore } from '../../../test/support/memory-event-store.js';
import { PlanDelivery } from '../domain/delivery.commands.js';
import { type DeliverySubject } from '../domain/delivery.events.js';
import { CreateWebhook } from '../domain/webhook.commands.js';
import { SecretMaker } from '../secrets/secret-maker.js';
import { attempt, type AttemptParts } from './delivery-attempt.js';
import { type HeldDelivery } from './delivery-queue.js';
import { Receivers } from './receivers.js';
import { deliveryStream, webhookStream } from '../domain/webhook.stream.js';

const hour = 3_600_000;
const bytes = (count: number): Buffer => createHash('shake256', { outputLength: count }).update('some').digest();

/** Time that only passes when a test says so. */
class TestClock extends Clock {
  at = 1_000_000;
  now(): number {
    return this.at;
  }
}

const cause: Cause = {
  commandId: 'c0ffee00-0000-4000-8000-000000000001',
  actor: 'test',
  correlationId: null,
  causationId: null,
  traceparent: null,
};

const subjectOf = (deliveryId: string): DeliverySubject => ({
  deliveryId,
  listenerId: 'w1',
  clientId: 'c1',
  callbackUrl: null,
  kind: 'test',
  eventId: `event of ${deliveryId}`,
  eventName: 'webhook.test',
  scheduleId: null,
  jobId: null,
  revision: null,
  position: null,
});

/** One webhook and its deliveries, without a database, a network or a real clock. */
async function world(answer: () => Partial<EgressAnswer>) {
  const clock = new TestClock();
  const store = new MemoryEventStore();
  const streams = new Streams(store, clock, { cachedCharacters: 1_000_000 });
  const elsewhere = new Streams(store, clock, { cachedCharacters: 1_000_000 });
  const ids = new RandomIds();
  const sealing = sealingWith(bytes(32), bytes);
  const maker = new SecretMaker(sealing, bytes);
  const due = new Map<string, number>();
  const putOff: string[] = [];
  const sent: { readonly id: string; readonly at: number; readonly body: string }[] = [];
  const queue = {
    move(held: HeldDelivery, _attempts: number, dueAt: number) {
      due.set(held.deliveryId, dueAt);
      return Promise.resolve();
    },
    remove(held: HeldDelivery) {
      due.delete(held.deliveryId);
      return Promise.resolve();
    },
    moveWithFollowing(held: HeldDelivery, dueAt: number) {
      due.set(held.deliveryId, dueAt);
      return Promise.resolve();
    },
    endCallback: () => Promise.resolve(),
  };
  const egress = {
    send: (request: { readonly headers: Readonly<Record<string, string>>; readonly body: Buffer | null }) => {
      sent.push({ id: request.headers['webhook-id'] ?? '', at: clock.at, body: String(request.body) });
      return Promise.resolve({ durationMs: 5, ...answer() } as EgressAnswer);
    },
  };
  const parts = {
    queue,
    streams,
    receivers: new Receivers(streams, sealing, maker, clock, ids),
    facts: {},
    egress,
    clock,
    ids,
    policy: { timeoutMs: 1000, maxAttempts: 8, backoffBaseMs: 5_000, disableAfterMs: 120 * hour },
    jitter: () => 0.5,
    putOff: (lack: string) => putOff.push(lack),
  } as unknown as AttemptParts;
  const { sealedSecret } = maker.make('w1');
  const requested = { url: 'https://example.com/', events: ['*'], description: null };
  await streams.decideOn(webhookStream, 'w1', new CreateWebhook('w1', 'c1', requested, sealedSecret).because(cause));
  const tryWith = async (id: string, sentBefore: number, made: AttemptParts): Promise<void> => {
    const held = {
      deliveryId: id,
      listenerId: 'w1',
      eventId: 'e',
      clientId: 'c1',
      lane: 'w1',
      sent: sentBefore,
      heldUntil: 0,
    };
    await attempt(held, made, new AbortController().signal);
  };
  const tryIt = (id: string, sentBefore = 0): Promise<void> => tryWith(id, sentBefore, parts);
  return {
    clock,
    sent,
    putOff,
    due,
    streams,
    tryIt,
    /** As another process does it, which shares nothing but the log and the queue. */
    tryElsewhere: (id: string): Promise<void> => tryWith(id, 0, { ...parts, streams: elsewhere }),
    plan: async (id: string): Promise<void> => {
      const planned = { ...cause, commandId: ids.next() };
      await streams.decideOn(deliveryStream, id, new PlanDelivery(subjectOf(id)).because(planned));
      due.set(id, clock.at);
    },
    /** Lets time pass to whatever is due next. */
    next: async (): Promise<boolean> => {
      const [first] = [...due].sort(([, one], [, other]) => one - other);
      if (first === undefined) return false;
      clock.at = Math.max(clock.at, first[1]);
      await tryIt(first[0]);
      return true;
    },
  };
}

const answered = (status: number, headers: Readonly<Record<string, string>> = {}): Partial<EgressAnswer> => ({
  kind: 'answered',
  status,
  headers,
});

describe('an attempt', () => {
  it('is made eight times, ever later, with the same bytes, and then no more', async () => {
    const { plan, next, sent, streams } = await world(() => answered(500));
    await plan('d1');
    while (await next());
    expect(sent.slice(1).map(({ at }, index) => at - (sent[index]?.at ?? 0))).toEqual(
      [5, 10, 20, 40, 80, 160, 320].map((seconds) => seconds * 1000),
    );
    expect(new Set(sent.map(({ id, body }) => `${id} ${body}`)).size).toBe(1);
    expect((await streams.load(deliveryStream, 'd1')).state).toMatchObject({ state: 'EXHAUSTED', attempts: 8 });
  });

  it('waits as long as the receiver asks', async () => {
    const { plan, next, sent } = await world(() => answered(429, { 'retry-after': '3600' }));
    await plan('d1');
    await next();
    await next();
    expect((sent[1]?.at ?? 0) - (sent[0]?.at ?? 0)).toBe(hour);
  });

  it('is not made again when its record is there and only its row was lost behind', async () => {
    const { plan, tryIt, sent, due } = await world(() => answered(500));
    await plan('d1');
    await tryIt('d1');
    due.set('d1', 0);
    await tryIt('d1');
    expect(sent).toHaveLength(1);
    expect(due.get('d1')).toBe(1_005_000);
  });

  it('goes on from what another process has tried, which this one does not remember', async () => {
    const { plan, tryIt, tryElsewhere, sent, clock, streams } = await world(() => answered(500));
    await plan('d1');
    await tryElsewhere('d1');
    await tryIt('d1', 1);
    expect(sent).toHaveLength(1);
    clock.at += hour;
    await tryIt('d1', 1);
    expect(sent).toHaveLength(2);
    expect((await streams.load(deliveryStream, 'd1')).state).toMatchObject({ state: 'PENDING', attempts: 2 });
  });

  it('disables a webhook that has failed for five days, and drops what waits for it', async () => {
    const { plan, next, clock, sent, streams, due } = await world(() => answered(500));
    for (let hours = 0; hours < 6 * 24; hours += 6) {
      clock.at = 1_000_000 + hours * hour;
      await plan(`d${hours}`);
      while (await next());
    }
    const { state } = await streams.load(webhookStream, 'w1');
    expect(state).toMatchObject({ enabled: false, disabledReason: 'failing' });
    const last = Math.max(...sent.map(({ at }) => at));
    expect(last - 1_000_000).toBe(120 * hour);
    expect(due.size).toBe(0);
    expect((await streams.load(deliveryStream, 'd138')).state).toMatchObject({ state: 'DROPPED', attempts: 0 });
  });

  it('forgives failures once one is answered', async () => {
    let status = 500;
    const { plan, next, clock, streams } = await world(() => answered(status));
    await plan('d1');
    await next();
    expect((await streams.load(webhookStream, 'w1')).state).toMatchObject({ failingSince: 1_000_000 });
    status = 200;
    await next();
    expect((await streams.load(webhookStream, 'w1')).state).toMatchObject({ failingSince: null });
    clock.at += 200 * hour;
    status = 500;
    await plan('d2');
    await next();
    expect((await streams.load(webhookStream, 'w1')).state).toMatchObject({ enabled: true });
  });

  it('goes back as it was when the sender is told to stop', async () => {
    const { plan, next, streams, due } = await world(() => ({ kind: 'failed', error: 'interrupted' }));
    await plan('d1');
    await next();
    expect((await streams.load(deliveryStream, 'd1')).state).toMatchObject({ state: 'PENDING', attempts: 0 });
    expect(due.get('d1')).toBe(1_000_000);
  });

  it('that this node could not make is charged to nobody, however often that is', async () => {
    let answer: Partial<EgressAnswer> = { kind: 'not_made', lack: 'name' };
    const { plan, next, putOff, streams, due, clock } = await world(() => answer);
    await plan('d1');
    for (let times = 0; times < 20; times += 1) await next();
    expect(putOff).toEqual(Array(20).fill('name'));
    expect((await streams.load(deliveryStream, 'd1')).state).toMatchObject({ state: 'PENDING', attempts: 0 });
    expect((await streams.load(webhookStream, 'w1')).state).toMatchObject({ failingSince: null });
    expect((due.get('d1') ?? 0) - clock.at).toBeGreaterThanOrEqual(500);
    answer = answered(200);
    await next();
    expect((await streams.load(deliveryStream, 'd1')).state).toMatchObject({ state: 'DELIVERED', attempts: 1 });
  });
});
