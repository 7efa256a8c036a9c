import { describe, expect, it } from '@jest/globals';
import {
  began,
  cancelOf,
  empty,
  goodJob,
  historyOf,
  receivedOf,
  submitOf,
} from '../../../test/support/simulated-histories.js';
import { type History, type HistoryEvent } from './history.js';
import { verdictsOn } from './judge.js';

const lease = (id: string) => ({ lease_id: id });
const at = (ms: number): string => new Date(began + ms).toISOString();

/** A failure, its retry and a success; a deferred job; one that is cancelled while it runs. */
const jobs: readonly (readonly HistoryEvent[])[] = [
  goodJob('a'),
  historyOf('b', [
    ['JobCreated', { idempotency_key: 'key of b', retry: { max_attempts: 2 } }],
    ['JobQueued', { reason: 'submitted' }],
    ['JobAssigned', lease('b1')],
    ['JobStarted', lease('b1')],
    ['JobProgressed', lease('b1')],
    ['JobFailed', { ...lease('b1'), reason: 'error', retryable: true, charged: true, will_retry: true }],
    ['JobRetryScheduled', { retry_at: at(650) }, { attempt: 2 }],
    ['JobQueued', { reason: 'retry' }, { attempt: 2 }],
    ['JobAssigned', lease('b2'), { attempt: 2 }],
    ['JobStarted', lease('b2'), { attempt: 2 }],
    ['JobSucceeded', lease('b2'), { attempt: 2 }],
  ]),
  historyOf('c', [
    ['JobCreated', { idempotency_key: 'key of c', execution_at: at(100) }],
    ['JobQueued', { reason: 'due' }],
    ['JobAssigned', lease('c1')],
    ['JobStarted', lease('c1')],
    ['JobCanceled', { reason: 'requested' }],
  ]),
];
const events = jobs.flat();
const whole: History = {
  ...empty,
  events,
  submits: ['a', 'b', 'c'].map((jobId) => submitOf(jobId)),
  changes: [cancelOf('c', { state: 'CANCELED' })],
  webhooks: [{ receiver: 'fast', webhookId: 'w1', isHealthy: true, events: ['job.*'] }],
  received: events.map((event) => receivedOf(event)),
};

const without = <Item>(items: readonly Item[], index: number): readonly Item[] => items.toSpliced(index, 1);
const doubled = <Item>(items: readonly Item[], index: number): readonly Item[] =>
  items.flatMap((item, place) => (place === index ? [item, item] : [item]));

/** Exchanges two neighbours; null where they belong to two jobs, whose order among each other means nothing. */
function swapped<Item extends { readonly jobId: string | null }>(
  items: readonly Item[],
  index: number,
): readonly Item[] | null {
  const [one, other] = [items[index], items[index + 1]];
  if (one === undefined || other === undefined || one.jobId !== other.jobId) return null;
  return items.with(index, other).with(index + 1, one);
}

const changed = (index: number, change: (event: HistoryEvent) => Partial<HistoryEvent>): History => ({
  ...whole,
  events: events.map((event, place) => (place === index ? { ...event, ...change(event) } : event)),
});

const edits: Readonly<Record<string, (index: number) => History | null>> = {
  'an event is left out': (index) => ({ ...whole, events: without(events, index) }),
  'an event is there twice': (index) => ({ ...whole, events: doubled(events, index) }),
  'two events change places': (index) => {
    const order = swapped(events, index);
    return order === null ? null : { ...whole, events: order };
  },
  'an event has the name of another': (index) => {
    const { name } = events[(index + 7) % events.length] ?? { name: '' };
    return events[index]?.name === name ? null : changed(index, () => ({ name }));
  },
  'an event names another lease': (index) =>
    events[index]?.data['lease_id'] === undefined
      ? null
      : changed(index, ({ data }) => ({ data: { ...data, lease_id: 'another' } })),
  'an event is of another job': (index) => changed(index, ({ jobId }) => ({ jobId: `${jobId}2` })),
  'an event has another revision': (index) => changed(index, ({ revision }) => ({ revision: revision + 1 })),
  'a request never comes': (index) => ({ ...whole, received: without(whole.received, index) }),
  'two requests change places': (index) => {
    const order = swapped(whole.received, index);
    return order === null ? null : { ...whole, received: order };
  },
};

describe('the judge of a history in which something was changed', () => {
  const isFlagged = (history: History): boolean => verdictsOn([history]).some(({ faultCount }) => faultCount > 0);

  it('has nothing against it before', () => {
    expect(isFlagged(whole)).toBe(false);
  });

  it.each(Object.entries(edits))('notices wherever %s', (_what, edit) => {
    const unnoticed = events.flatMap((_event, index) => {
      const history = edit(index);
      return history === null || isFlagged(history) ? [] : [index];
    });
    expect(unnoticed).toEqual([]);
  });
});
