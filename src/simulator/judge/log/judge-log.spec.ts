import { describe, expect, it } from '@jest/globals';
import {
  idAt,
  linked,
  type PlannedEvent,
  shownOf,
  storedLog,
  written,
} from '../../../../test/support/logged-events.js';
import {
  asked,
  attempted,
  byWorker,
  created,
  type Data,
  failed,
  fired,
  givenUp,
  limited,
  type Marks,
  minute,
  minutely,
  ofDelivery,
  ofSchedule,
  plan,
  retry,
  run,
  tick,
  waiting,
} from '../../../../test/support/planned-log.js';
import { began, goodJob, receivedOf } from '../../../../test/support/simulated-histories.js';
import { type LoggedEvent } from '../../log/stored-log.js';
import { type History } from '../history.js';
import { Calm } from '../run/calm.js';
import { type Verdict } from '../verdict.js';
import { logInvariants, verdictsOnLog } from './judge-log.js';

const good = written(plan);
const shown = shownOf(good);

const verdicts = (events: readonly LoggedEvent[], history: History = shown, cuts = {}): Promise<readonly Verdict[]> =>
  verdictsOnLog(storedLog(events, cuts), [history]);
const brokenIn = async (events: readonly LoggedEvent[], history?: History): Promise<readonly string[]> =>
  (await verdicts(events, history)).filter(({ faultCount }) => faultCount > 0).map(({ invariant }) => invariant);

const placeOf = (stream: string, type: string, nth = 0): number =>
  plan.flatMap((each, place) => (each.stream === stream && each.type === type ? [place] : []))[nth] ?? -1;
/** The plan with one event said otherwise. */
function otherwise(stream: string, type: string, data: Data, marks: Marks = {}, nth = 0): readonly LoggedEvent[] {
  const place = placeOf(stream, type, nth);
  const before = plan[place] ?? limited(null);
  const said = { ...before, data: { ...before.data, ...data }, marks: { ...before.marks, ...marks } };
  return written(plan.with(place, said));
}
const without = (stream: string, type: string, nth = 0): readonly LoggedEvent[] =>
  written(plan.toSpliced(placeOf(stream, type, nth), 1));
const event = (place: number): LoggedEvent => good[place] ?? never();
const never = (): never => {
  throw new Error('there is no such event');
};
const shownEvents = shown.events;

const redelivered = (...events: readonly PlannedEvent[]): readonly LoggedEvent[] =>
  written([...plan, ofDelivery('w', 'DeliveryPlanned', { jobId: 'a' }), ...events]);

/** Requests of a delivery at the receiver, a second apart. */
const requestsOf = (deliveryId: string, count: number): History['received'] =>
  Array.from({ length: count }, (_, n) =>
    receivedOf(goodJob('a')[0] ?? never(), { webhookId: deliveryId, atMs: n * 1_000 }),
  );

/** Bad logs, or what was shown of a good one, by what they break. */
const bad: readonly (readonly [invariant: string, what: string, events: readonly LoggedEvent[], history?: History])[] =
  [
    ['unchained', 'data that was changed', good.with(5, { ...event(5), data: '{}' })],
    ['unchained', 'metadata that was changed', good.with(5, { ...event(5), metadata: event(6).metadata })],
    ['unchained', 'an event that was taken out', good.toSpliced(5, 1)],
    ['unchained', 'a beginning that was taken away', good.toSpliced(2, 1)],
    [
      'unchained',
      'a link that is not at the end',
      good.with(5, { ...event(5), metadata: event(5).metadata.replace(/\}$/, ',"x":1}') }),
    ],
    ['gapped', 'an event that was taken out', linked(good.toSpliced(5, 1))],
    ['gapped', 'a beginning that was taken away', linked(good.toSpliced(2, 1))],
    ['gapped', 'an event that is there twice', linked(good.with(9, { ...event(9), eventId: event(4).eventId }))],
    ['gapped', 'a position that comes after a later one', linked(good.with(9, { ...event(9), position: 3n }))],
    ['hidden', 'an event that was not shown', good, { ...shown, events: shownEvents.toSpliced(4, 1) }],
    ['hidden', 'an event at the end that was not shown', good, { ...shown, events: shownEvents.slice(0, -1) }],
    [
      'hidden',
      'an event that was shown twice',
      good,
      { ...shown, events: shownEvents.toSpliced(4, 0, ...shownEvents.slice(4, 5)) },
    ],
    ['hidden', 'events that were shown in another order', good, { ...shown, events: shownEvents.toReversed() }],
    ['hidden', 'an event that is not in the log', good.toSpliced(5, 1)],
    [
      'hidden',
      'an event that was shown as another',
      good,
      { ...shown, events: shownEvents.map((each) => ({ ...each, name: 'JobCreated' })) },
    ],
    ['hidden', 'an event of another client', good, { ...shown, clientId: 'c2' }],
    ['uncaused', 'an event without a cause', otherwise('job-b', 'JobQueued', {}, { causationId: null })],
    ['uncaused', 'a cause that is not in the log', otherwise('job-b', 'JobQueued', {}, { causationId: idAt(9_999) })],
    [
      'uncaused',
      'a cause that comes later',
      otherwise('job-b', 'JobQueued', {}, { causationId: idAt(plan.length - 1) }),
    ],
    [
      'uncaused',
      'a saga that was caused by no event',
      otherwise('delivery-d', 'DeliveryPlanned', {}, { causationId: 'x' }),
    ],
    [
      'uncaused',
      'an event that belongs to something else',
      otherwise('job-b', 'JobQueued', {}, { correlationId: 'order-8' }),
    ],
    [
      'uncaused',
      'a job that belongs to something else',
      otherwise('job-b', 'JobCreated', { correlationId: 'order-8' }),
    ],
    [
      'uncaused',
      'a delivery that belongs to something else',
      otherwise('delivery-d', 'DeliveryPlanned', {}, { correlationId: null }),
    ],
    [
      'uncaused',
      'an application event as a cause, which has no place in the log',
      otherwise('delivery-e', 'DeliveryPlanned', {}, { causationId: idAt(8_888) }),
    ],
    ['uncaused', 'an event that nobody did', otherwise('job-b', 'JobQueued', {}, { actor: 'nobody' })],
    ['uncaused', 'a worker that does not have the lease', otherwise('job-b', 'JobStarted', {}, { actor: 'worker:w2' })],
    ['uncaused', 'a key that acted by another', otherwise('job-b', 'JobQueued', {}, { via: 'key:k2' })],
    ['ticked', 'a tick that is left out', without('schedule-s1', 'OccurrenceFired')],
    ['ticked', 'ticks of a pause that are left out', without('schedule-s1', 'OccurrencesSkipped')],
    ['ticked', 'the last ticks left out', written(plan.filter(({ type }) => type !== 'OccurrencesMissed'))],
    ['ticked', 'ticks that never come again', written(plan.slice(0, -2))],
    ['ticked', 'a tick that fired twice', written([...plan.slice(0, -1), fired(7)])],
    [
      'ticked',
      'a tick that the rule does not have',
      otherwise('schedule-s1', 'OccurrenceFired', { dueAt: tick(1) + 30_000 }),
    ],
    [
      'ticked',
      'a tick that fired in a pause',
      written([...plan.slice(0, placeOf('schedule-s1', 'OccurrencesSkipped')), fired(3)]),
    ],
    ['ticked', 'a tick under another version', otherwise('schedule-s1', 'OccurrenceFired', { version: 2 })],
    ['ticked', 'a tick of the rule of before', written([...plan, fired(8, { version: 2 })])],
    [
      'ticked',
      'a tick before a deletion that is left out',
      written([...plan.slice(0, -2), ofSchedule('ScheduleDeleted', { deletedAt: tick(6) + 2_000 }, {})]),
    ],
    [
      'overfull',
      'two leases where one may be',
      written([limited(1), created('a'), ...run('a'), created('b'), ...run('b')]),
    ],
    [
      'waits',
      'a retry that waits too long',
      otherwise('job-a', 'JobRetryScheduled', { retryAt: began + 8_000 + 1_001 }),
    ],
    ['waits', 'a retry that does not wait', otherwise('job-a', 'JobRetryScheduled', { retryAt: began + 8_000 })],
    [
      'waits',
      'a second retry that waits like the first',
      otherwise('job-a', 'JobRetryScheduled', { retryAt: began + 21_000 }, {}, 1),
    ],
    ['waits', 'a retry that does not do as its worker asked', otherwise('job-a', 'JobFailed', {}, asked(77))],
    [
      'waits',
      'a random wait beyond its backoff',
      written([created('j', { ...retry, jitter: 'full' }), ...run('j'), ...failed('j', began, 1_001)]),
    ],
    ['waits', 'a delivery that is made again at once', redelivered(waiting('w', 1, 0))],
    ['waits', 'a delivery that waits too long', redelivered(waiting('w', 1, 250))],
    ['waits', 'a second wait like the first', redelivered(waiting('w', 1, 200), waiting('w', 2, 200))],
    [
      'waits',
      'a wait of a second round like the second of the first',
      redelivered(waiting('w', 1, 200), ofDelivery('w', 'DeliveryReopened'), waiting('w', 2, 400)),
    ],
    ['abandoned', 'a delivery that is given up too early', written([...plan, ...givenUp('h', 3)])],
    ['abandoned', 'a delivery that is given up at once', written([...plan, ...givenUp('h', 0)])],
    ['abandoned', 'a delivery that is given up too late', written([...plan, ...givenUp('h', 5)])],
    ['abandoned', 'a delivery that is attempted without end', written([...plan, ...givenUp('h', 5).slice(0, -1)])],
    [
      'abandoned',
      'a last attempt that another one is to follow',
      written([...plan, ...givenUp('h', 3).slice(0, -1), attempted('h', 4, 503, { nextAttemptAt: began })]),
    ],
    [
      'abandoned',
      'a second round that is given up too early',
      written([
        ...plan,
        ofDelivery('g', 'DeliveryReopened'),
        attempted('g', 5, 503),
        ofDelivery('g', 'DeliveryExhausted', { attempts: 1 }),
      ]),
    ],
    ['resent', 'a request without an attempt', good, { ...shown, received: requestsOf('d', 3) }],
    [
      'resent',
      'an attempt after one that was taken',
      written([...plan, attempted('d', 3, 204), ofDelivery('d', 'DeliverySucceeded')]),
    ],
    [
      'resent',
      'two requests of an attempt that is not recorded yet',
      written([...plan, ...givenUp('f', 0).slice(0, 1)]),
      { ...shown, received: requestsOf('f', 2) },
    ],
  ];

const dueAt = (due: number): Marks => ({
  ...byWorker,
  command: ['FailJob', 2, { retryAfterMs: null, jitter: 0, due }],
});

describe('the judge of the whole log', () => {
  it('has nothing against a good log', async () => {
    const all = await verdicts(good);
    expect(all.flatMap(({ faults }) => faults)).toEqual([]);
    expect(all.flatMap(({ notJudged = [] }) => notJudged)).toEqual([]);
  });

  it.each(bad)('finds what is %s: %s', async (invariant, _what, events, history = shown) => {
    expect(await brokenIn(events, history)).toContain(invariant);
  });

  it('has a bad log for each invariant', () => {
    const named = new Set(bad.map(([invariant]) => invariant));
    expect(logInvariants.map(({ name }) => name).filter((name) => !named.has(name))).toEqual([]);
  });

  it('finds wherever an event is left out, there twice, or said otherwise', async () => {
    const unnoticed: string[] = [];
    for (const [place, each] of good.entries()) {
      const isLast = good.findLastIndex(({ stream }) => stream === each.stream) === place;
      const edits = {
        // What a stream ends with leaves no trace there; that it is gone shows where it was shown.
        ...(isLast ? {} : { 'is left out': good.toSpliced(place, 1) }),
        'is there twice': good.toSpliced(place, 0, each),
        'is of another type': good.with(place, { ...each, type: 'Other' }),
        // A link is not made over the name of its stream, so that of a single event tells nothing.
        ...(each.revision === 0 && isLast
          ? {}
          : { 'is in another stream': good.with(place, { ...each, stream: `${each.stream}2` }) }),
        'says something else': good.with(place, { ...each, data: each.data.replace(/\}$/, ',"x":1}') }),
      };
      for (const [what, events] of Object.entries(edits))
        if ((await brokenIn(events)).length === 0) unnoticed.push(`${each.type} ${what}`);
    }
    expect(unnoticed).toEqual([]);
  });

  it('lets a stream begin where it was cut, and says what it cannot judge of it', async () => {
    const all = await verdicts(good.toSpliced(2, 1), { ...shown, events: shown.events.slice(1) }, { 'job-a': 1 });
    expect(all.flatMap(({ faults }) => faults)).toEqual([]);
    expect(all.flatMap(({ invariant, notJudged = [] }) => notJudged.map((what) => `${invariant}: ${what}`))).toEqual([
      'unchained: the first link that is left of job-a, which was cut',
      'uncaused: 1 causes that may have been in streams which were cut',
      'waits: 2 retries of jobs whose beginning is gone',
    ]);
  });

  it('passes over what other programs wrote, whose revisions count', async () => {
    const place = good.findLastIndex(({ stream }) => stream === 'job-b');
    const last = event(place);
    const foreign = { ...last, type: 'Other', data: 'no JSON', metadata: '', eventId: idAt(9_999) };
    const later = good.slice(place).map((each) => ({ ...each, position: each.position + 1n }));
    const revision = last.revision + 1;
    const events = [
      ...good.slice(0, place),
      foreign,
      ...later.with(0, { ...last, revision, position: last.position + 1n }),
    ];
    const moved = shown.events.map((each) => (each.eventId === last.eventId ? { ...each, revision } : each));
    const judged = await verdicts(events, { ...shown, events: moved });
    expect(judged.flatMap(({ faults }) => faults)).toEqual([]);
    expect(judged[0]).toMatchObject({ invariant: 'unchained', notJudged: ['1 events of other programs'] });
  });

  it('counts the cases of each invariant, and none where the log has nothing', async () => {
    expect((await verdicts(good)).filter(({ cases }) => cases === 0)).toEqual([]);
    expect((await verdicts([], { ...shown, events: [] })).filter(({ cases }) => cases > 0)).toEqual([]);
  });

  it('bears a request that is made again after an engine died, one under way, and those of a later round', async () => {
    const again = { ...shown, received: requestsOf('d', 3) };
    const amid = new Calm([{ fromAt: began + 1_500, toAt: began + 9_000 }], (sinceMs) => began + sinceMs);
    const judged = await verdictsOnLog(storedLog(good), [again], amid);
    expect(judged.flatMap(({ faults }) => faults)).toEqual([]);
    const open = written([...plan, ...givenUp('f', 1).slice(0, 2)]);
    expect(await brokenIn(open, { ...shown, received: requestsOf('f', 2) })).toEqual([]);
    const reopened = [
      ofDelivery('d', 'DeliveryReopened'),
      attempted('d', 3, 204),
      ofDelivery('d', 'DeliverySucceeded'),
    ];
    expect(await brokenIn(written([...plan, ...reopened]), again)).toEqual([]);
    const round = Array.from({ length: 4 }, (_, n) => attempted('g', n + 5, 503));
    const exhausted = ofDelivery('g', 'DeliveryExhausted', { attempts: 4 });
    expect(await brokenIn(written([...plan, ofDelivery('g', 'DeliveryReopened'), ...round, exhausted]))).toEqual([]);
  });

  it('bears what was not shown yet', async () => {
    const last = shown.events.at(-1)?.at ?? 0;
    expect(await brokenIn(good, { ...shown, events: shown.events.slice(0, -1), readAt: last + 1_000 })).toEqual([]);
  });

  it('lets claims go by the limit of before for a moment, and counts no lease from before it', async () => {
    const soon: PlannedEvent = { ...limited(1), marks: { at: began + 5_000 } };
    const two = [created('a'), ...run('a'), created('b'), ...run('b')];
    expect(await brokenIn(written([soon, ...two]), { ...shown, events: [] })).toEqual(['hidden']);
    const later: PlannedEvent = { ...limited(1), marks: { at: began + 20_000 } };
    const one = [created('c'), ...run('c')].map((each) => ({ ...each, marks: { ...each.marks, at: tick(1) } }));
    expect(await brokenIn(written([...two, later, ...one]), { ...shown, events: [] })).toEqual(['hidden']);
  });

  it('lets claims go by a higher limit for a moment after it was lowered, and not longer', async () => {
    const two = { ...limited(2), marks: { at: began - minute } };
    const lowered = { ...limited(1), marks: { at: began + 5_000 } };
    const jobs = (at: number): readonly PlannedEvent[] =>
      [created('a'), ...run('a'), created('b'), ...run('b')].map((each) => ({ ...each, marks: { ...each.marks, at } }));
    const judged = (at: number) => brokenIn(written([two, lowered, ...jobs(at)]), { ...shown, events: [] });
    expect(await judged(began + 8_000)).toEqual(['hidden']);
    expect(await judged(began + 21_000)).toEqual(['hidden', 'overfull']);
  });

  it('counts the wait of a retry from what its command says was due', async () => {
    const ahead = written([created('j'), ...run('j'), ...failed('j', began + 500, 500, dueAt(began))]);
    expect(await brokenIn(ahead, shownOf(ahead))).toEqual([]);
    const behind = written([created('j'), ...run('j'), ...failed('j', began + 500, 1_000, dueAt(began))]);
    expect(await brokenIn(behind, shownOf(behind))).toEqual(['waits']);
  });

  it('counts the wait of a delivery from what its command says was due, and each round anew', async () => {
    const due = began + 29_000;
    const marks = { command: ['RecordAttempt', 1, { due }] };
    const rounds = [waiting('w', 1, 200), waiting('w', 2, 400), ofDelivery('w', 'DeliveryReopened')];
    const good = [...rounds, waiting('w', 3, 240 - 1_000, marks)];
    expect(await brokenIn(redelivered(...good), { ...shown, events: [] })).toEqual(['hidden']);
  });

  it('does not judge rules that crons read in different ways', async () => {
    for (const rule of [
      { ...minutely, cron: '30 2 * * *' },
      { ...minutely, cron: '0 0 1 * 5', timezone: 'UTC' },
      { ...minutely, cron: '0 0 L * *', timezone: 'UTC' },
      { ...minutely, cron: '0 22-2 * * *', timezone: 'UTC' },
    ]) {
      const events = written([
        ofSchedule('ScheduleCreated', { rule, paused: false, createdAt: tick(0) }, {}),
        fired(1),
      ]);
      const judged = await verdicts(events, { ...shown, events: [] });
      expect(judged.find(({ invariant }) => invariant === 'ticked')).toMatchObject({
        faultCount: 0,
        notJudged: [expect.stringMatching(/^1 schedules/)],
      });
    }
  });
});
