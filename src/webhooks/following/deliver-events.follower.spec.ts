import { describe, expect, it } from '@jest/globals';
import { type Pool } from 'pg';
import { type Recorded } from '../../kernel/recorded.js';
import { DeliverySignal } from '../sending/delivery-signal.js';
import { deliverEvents } from './deliver-events.follower.js';

const follower = (...clients: readonly string[]) => {
  const rows = clients.map((client) => ({ client_id: client }));
  const pool = { query: () => Promise.resolve({ rows }) } as unknown as Pool;
  return deliverEvents(pool, new DeliverySignal());
};

let position = 0n;
function event(stream: string, type: string, data: object): Recorded {
  position += 1n;
  const metadata = { at: 5, actor: 'a', correlationId: null, causationId: null, traceparent: null };
  return {
    id: `00000000-0000-4000-8000-${String(position).padStart(12, '0')}`,
    stream,
    revision: 0,
    position,
    metadata: { ...metadata, schema: 1, chain: '' },
    event: { type, data },
  };
}

const queued = (clientId: string): Recorded => event('job-j1', 'JobQueued', { jobId: 'j1', clientId });
const created = (clientId: string, callback: string | null): Recorded =>
  event('job-j1', 'JobCreated', { jobId: 'j1', clientId, callback });

describe('deliver-events', () => {
  it('writes nothing while nobody listens, so that it costs no commit', async () => {
    const one = follower();
    await one.opened?.();
    expect((await one.apply([created('c1', null), queued('c1')], 2n)).statements).toEqual([]);
  });

  it('writes nothing for a client that does not listen, though another does', async () => {
    const one = follower('c2');
    await one.opened?.();
    expect((await one.apply([queued('c1')], 2n)).statements).toEqual([]);
    expect((await one.apply([queued('c2')], 2n)).statements).not.toEqual([]);
  });

  it('hears of a listener in the same batch as the events after it', async () => {
    const one = follower();
    await one.opened?.();
    const registered = event('webhook-w1', 'WebhookCreated', { webhookId: 'w1', clientId: 'c1', events: ['*'] });
    const { statements } = await one.apply([registered, queued('c1')], 2n);
    const texts = statements.map(({ text }) => text);
    expect(texts.findIndex((text) => text.includes('webhook_spans (webhook_id'))).toBeLessThan(
      texts.findIndex((text) => text.includes('insert into forgerun_engine.fan_outs')),
    );
    expect((await one.apply([queued('c1')], 3n)).statements).not.toEqual([]);
  });

  it('listens to a job for its callback, from its first event on', async () => {
    const one = follower();
    await one.opened?.();
    expect((await one.apply([created('c1', 'https://example.com/')], 2n)).statements).not.toEqual([]);
    expect((await one.apply([queued('c1')], 3n)).statements).not.toEqual([]);
  });

  it('delivers the missed ticks of a schedule to those who listen', async () => {
    const data = { scheduleId: 's1', clientId: 'c1', version: 1, dueAts: [1], reason: 'late', until: null, nextAt: 2 };
    const missed = event('schedule-s1', 'OccurrencesMissed', data);
    const [unsubscribe, hearing] = [follower(), follower('c1')];
    await unsubscribe.opened?.();
    await hearing.opened?.();
    expect((await unsubscribe.apply([missed], 2n)).statements).toEqual([]);
    const [planned] = (await hearing.apply([missed], 2n)).statements;
    expect(planned?.values).toContainEqual(['schedule.missed']);
    expect(planned?.values).toContainEqual(['* schedule.* schedule.missed']);
  });

  it('leaves alone the deliveries that it planned itself', async () => {
    const one = follower('c1');
    await one.opened?.();
    const data = { deliveryId: 'd1', listenerId: 'w1', clientId: 'c1', callbackUrl: null, kind: 'job', eventId: 'e1' };
    const planned = event('delivery-d1', 'DeliveryPlanned', { ...data, isReplay: false });
    expect((await one.apply([planned], 2n)).statements).toEqual([]);
    const replayed = event('delivery-d1', 'DeliveryPlanned', { ...data, isReplay: true });
    expect((await one.apply([replayed], 3n)).statements).not.toEqual([]);
  });
});
