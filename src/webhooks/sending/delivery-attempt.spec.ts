import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { sealingWith } from '../../../test/support/database-settings.js';
import { type Decided, Streams } from '../../engine/commands/streams.js';
import { type Cause } from '../../kernel/message.js';
import { Clock } from '../../platform/clock/clock.js';
import { type EgressAnswer } from '../../platform/egress/egress.js';
import { RandomIds } from '../../platform/ids/ids.js';
import { MemoryEventStore } from '../../../test/support/memory-event-store.js';
import { type DeliveryCommand, PlanDelivery, RepeatDelivery } from '../domain/delivery.commands.js';
import { type DeliveryEvent, type DeliverySubject } from '../domain/delivery.events.js';
import { type Delivery } from '../domain/delivery.decider.js';
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
  /** By how much the database's clock was set back: what is stamped goes on ahead of it. */
  aheadMs = 0;
  now(): number {
    return this.at;
  }
  override due(): number {
    return this.at - this.aheadMs;
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
  /** How far their streams are, by the rows; null while they are held. */
  const reached = new Map<string, number | null>();
  const putOff: string[] = [];
  const sent: { readonly id: string; readonly at: number; readonly body: string; readonly isReplay: boolean }[] = [];
  const queue = {
    move(held: HeldDelivery, { revision }: { readonly revision: number }, dueAt: number) {
      reached.set(held.deliveryId, revision);
      due.set(held.deliveryId, dueAt);
      return Promise.resolve();
    },
    remove(held: HeldDelivery) {
      due.delete(held.deliveryId);
      return Promise.resolve();
    },
    moveWithFollowing(held: HeldDelivery, revision: number, dueAt: number) {
      reached.set(held.deliveryId, revision);
      due.set(held.deliveryId, dueAt);
      return Promise.resolve();
    },
    endCallback: () => Promise.resolve(),
  };
  const egress = {
    send: (request: { readonly headers: Readonly<Record<string, string>>; readonly body: Buffer | null }) => {
      const { headers, body } = request;
      const isReplay = headers['forgerun-replay'] === 'true';
      sent.push({ id: headers['webhook-id'] ?? '', at: clock.at, body: String(body), isReplay });
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
  const tryWith = async (id: string, made: AttemptParts, { isDropped = false, isLate = false } = {}): Promise<void> => {
    const held = {
      deliveryId: id,
      listenerId: 'w1',
      eventId: 'e',
      clientId: 'c1',
      lane: 'w1',
      streamRevision: reached.get(id) ?? null,
      isDropped,
      heldUntil: clock.due() + (isLate ? 0 : 6_000),
    };
    reached.set(id, null);
    await attempt(held, made, new AbortController().signal);
  };
  const tryIt = (id: string): Promise<void> => tryWith(id, parts);
  const decide = async (
    id: string,
    command: DeliveryCommand,
    at: Streams = streams,
  ): Promise<Decided<Delivery, DeliveryEvent>> =>
    await at.decideOn(deliveryStream, id, command.because({ ...cause, commandId: ids.next() }));
  return {
    clock,
    sent,
    putOff,
    due,
    streams,
    tryIt,
    tryDropped: (id: string): Promise<void> => tryWith(id, parts, { isDropped: true }),
    /** By a process that stood still until it did not hold it any more. */
    tryLate: (id: string): Promise<void> => tryWith(id, parts, { isLate: true }),
    /** As another process does it, which shares nothing but the log and the queue. */
    tryElsewhere: (id: string): Promise<void> => tryWith(id, { ...parts, streams: elsewhere }),
    /** The process that held it has gone, and has not said what it came to. */
    forget: (id: string): void => {
      reached.set(id, null);
    },
    plan: async (id: string): Promise<void> => {
      await decide(id, new PlanDelivery(subjectOf(id)));
      reached.set(id, 0);
      due.set(id, clock.at);
    },
    /** As part of a replay, asked for in another process. */
    replayElsewhere: async (id: string): Promise<void> => {
      const { streamState } = await decide(id, new RepeatDelivery(subjectOf(id), true, clock.at), elsewhere);
      reached.set(id, streamState.revision);
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
    await tryIt('d1');
    expect(sent).toHaveLength(1);
    clock.at += hour;
    await tryIt('d1');
    expect(sent).toHaveLength(2);
    expect((await streams.load(deliveryStream, 'd1')).state).toMatchObject({ state: 'PENDING', attempts: 2 });
  });

  it('goes on from what a process has tried that held it and has gone', async () => {
    const { plan, tryIt, tryElsewhere, forget, sent } = await world(() => answered(500));
    await plan('d1');
    await tryElsewhere('d1');
    forget('d1');
    await tryIt('d1');
    expect(sent).toHaveLength(1);
  });

  it('is not made by a process that stood still for longer than it held the delivery', async () => {
    const { plan, tryIt, tryLate, sent, due } = await world(() => answered(204));
    await plan('d1');
    await tryLate('d1');
    expect([sent.length, due.has('d1')]).toEqual([0, true]);
    await tryIt('d1');
    expect(sent).toHaveLength(1);
  });

  it('is marked as that of a replay, once, where another process delivered what this one has planned', async () => {
    const { plan, tryIt, tryElsewhere, replayElsewhere, sent, clock, streams } = await world(() => answered(204));
    await plan('d1');
    await tryElsewhere('d1');
    clock.at += hour;
    await replayElsewhere('d1');
    await tryIt('d1');
    expect(sent.map(({ isReplay }) => isReplay)).toEqual([false, true]);
    expect((await streams.load(deliveryStream, 'd1')).state).toMatchObject({ state: 'DELIVERED', attempts: 2 });
  });

  it('is not made of what was dropped while it was pending, also where its webhook listens again', async () => {
    const { plan, tryIt, tryDropped, sent, streams, due, clock } = await world(() => answered(500));
    await plan('d1');
    await tryIt('d1');
    clock.at += hour;
    await tryDropped('d1');
    expect([sent.length, due.size]).toEqual([1, 0]);
    expect((await streams.load(deliveryStream, 'd1')).state).toMatchObject({ state: 'DROPPED', attempts: 1 });
  });

  it('is made at once, and again after its pause, where the clock was set back', async () => {
    const { plan, tryIt, sent, clock, due } = await world(() => answered(500));
    clock.aheadMs = 10 * hour;
    await plan('d1');
    await tryIt('d1');
    expect(sent).toHaveLength(1);
    expect((due.get('d1') ?? 0) - clock.due()).toBe(5_000);
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
