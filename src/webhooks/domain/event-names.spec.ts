import { describe, expect, it } from '@jest/globals';
import { jobEventTypes } from '../../jobs/domain/job.events.js';
import { faultOfFilter, filterChars, filtersFor, isWanted, jobEventNames, testEventName } from './event-names.js';

const notDotted = 'must be a dotted name, a beginning such as job.*, or *';

describe('event names', () => {
  it('are those of the events, dotted', () => {
    expect(jobEventNames).toEqual({
      JobCreated: 'job.created',
      JobQueued: 'job.queued',
      JobAssigned: 'job.assigned',
      JobStarted: 'job.started',
      JobProgressed: 'job.progressed',
      JobSucceeded: 'job.succeeded',
      JobFailed: 'job.failed',
      JobRetryScheduled: 'job.retry_scheduled',
      JobRetriesExhausted: 'job.retries_exhausted',
      JobCanceled: 'job.canceled',
      JobErased: 'job.erased',
    });
    expect(Object.keys(jobEventNames)).toEqual(jobEventTypes);
    expect(testEventName).toBe('webhook.test');
  });

  it('are matched by themselves, by their beginnings and by everything', () => {
    expect(filtersFor('order.item.paid')).toEqual(['*', 'order.*', 'order.item.*', 'order.item.paid']);
    expect(isWanted(['order.*'], 'order.item.paid')).toBe(true);
    expect(isWanted(['order.*'], 'orders.paid')).toBe(false);
    expect(isWanted(['order.*'], 'order')).toBe(false);
    expect(isWanted(['bill.paid', 'order.paid'], 'order.paid')).toBe(true);
  });

  it.each([
    ...[
      '*',
      'o',
      'order',
      'order2',
      'order_2',
      'order.*',
      'order.item.paid',
      'order.2_x.*',
      'a.b.c.d',
      'jobs',
      'job.*',
    ],
    ...['job.retry_scheduled', 'schedules.late', 'schedule.*', 'schedule.missed', 'forgeruns.x', 'webhooks.x'],
    'a'.repeat(filterChars),
  ])('are asked for by %j', (filter) => {
    expect(faultOfFilter(filter)).toBeNull();
  });

  it.each([
    ...['', '**', 'x*', '*x', 'order*', 'job.', 'job.*.x', 'job.*x', 'Job', 'oRder', 'order.Paid', '.job', 'job..x'],
    ...['2order', '_order', 'order-x', 'order x', ' order', 'order ', 'order.item-x', 'order\n', '*\n*'],
    'a'.repeat(filterChars + 1),
  ])('are not asked for by %j', (filter) => {
    expect(faultOfFilter(filter)).toBe(notDotted);
  });

  it('of the engine are known, and belong to it', () => {
    expect(faultOfFilter('job.succeded')).toBe(
      `is no event of a job; those are ${Object.values(jobEventNames).join(', ')}`,
    );
    expect(faultOfFilter('schedule.late')).toBe('is no event of a schedule; that is schedule.missed');
    expect(faultOfFilter('forgerun.job.created')).toBe('matches nothing; the names of events begin after forgerun.');
    expect(faultOfFilter('webhook.test')).toBe('matches nothing; webhook.test is sent to the webhook that is tested');
  });
});
