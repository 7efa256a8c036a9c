import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { apiKeysProjection } from '../../projections/api-keys/api-keys.projection.js';
import { apiKeys } from '../../projections/api-keys/api-keys.table.js';
import { attemptsProjection } from '../../projections/attempts/attempts.projection.js';
import { attempts } from '../../projections/attempts/attempts.table.js';
import { clientEventsProjection } from '../../projections/client-events/client-events.projection.js';
import { clientEvents } from '../../projections/client-events/client-events.table.js';
import { clientsProjection } from '../../projections/clients/clients.projection.js';
import { clients } from '../../projections/clients/clients.table.js';
import { deliveriesProjection } from '../../projections/deliveries/deliveries.projection.js';
import { deliveries, deliveryAttempts } from '../../projections/deliveries/deliveries.table.js';
import { dispatchProjection } from '../../projections/dispatch/dispatch.projection.js';
import { queueCounts, readyJobs } from '../../projections/dispatch/dispatch.table.js';
import { jobsProjection } from '../../projections/jobs/jobs.projection.js';
import { jobs } from '../../projections/jobs/jobs.table.js';
import { queuePausesProjection } from '../../projections/queue-pauses/queue-pauses.projection.js';
import { queueLimits, queuePauses } from '../../projections/queue-pauses/queue-pauses.table.js';
import { schedulesProjection } from '../../projections/schedules/schedules.projection.js';
import { occurrences, schedules } from '../../projections/schedules/schedules.table.js';
import { webhooksProjection } from '../../projections/webhooks/webhooks.projection.js';
import { webhooks } from '../../projections/webhooks/webhooks.table.js';
import { projections } from '../../src/app/read-models.js';
import { CreateClient, IssueKey, RenewKey, RevokeKey } from '../../src/clients/domain/client.commands.js';
import { clientDecider } from '../../src/clients/domain/client.decider.js';
import { keyScopes } from '../../src/clients/domain/key-scopes.js';
import { type JobDefinition, type JobEvent } from '../../src/jobs/domain/job.events.js';
import { jobDecider } from '../../src/jobs/domain/job.decider.js';
import { reportOf } from '../../src/jobs/domain/job.report.js';
import { isExisting } from '../../src/jobs/domain/job.state.js';
import { viewOf } from '../../src/jobs/domain/job.view.js';
import { type Decider, fold } from '../../src/kernel/decider.js';
import { type DomainEvent, type Intent } from '../../src/kernel/message.js';
import { type Projection } from '../../src/kernel/projection.js';
import { type Recorded, segmentOf } from '../../src/kernel/recorded.js';
import { LimitQueue, PauseQueue, ResumeQueue } from '../../src/queues/domain/queue.commands.js';
import { queueDecider } from '../../src/queues/domain/queue.decider.js';
import { type ScheduleEvent } from '../../src/schedules/domain/schedule.events.js';
import { viewOf as scheduleView } from '../../src/schedules/domain/schedule.view.js';
import {
  DropDelivery,
  PlanDelivery,
  RecordAttempt,
  RepeatDelivery,
} from '../../src/webhooks/domain/delivery.commands.js';
import { deliveryDecider } from '../../src/webhooks/domain/delivery.decider.js';
import { type DeliverySubject } from '../../src/webhooks/domain/delivery.events.js';
import {
  ChangeWebhook,
  CreateWebhook,
  DeleteWebhook,
  DisableGone,
  RecordFailure,
  RecordSuccess,
  RotateSecret,
} from '../../src/webhooks/domain/webhook.commands.js';
import { webhookDecider } from '../../src/webhooks/domain/webhook.decider.js';
import { MemoryTables } from '../support/memory-tables.js';
import { decided, historyOf, recordedIn } from './histories.js';
import { ModelJob } from './job-model.js';
import { asked, submission, type Turn, turns } from './job-orders.js';
import { scheduleDecider, scheduleTurns } from './schedule-orders.js';

const tried = new Set<string>();

type Followed = Pick<Projection, 'name' | 'apply'> & { readonly types: readonly string[] };

/** Applies a history to projections one event at a time, and looks after each of them. */
function after<Event extends DomainEvent>(
  history: readonly Recorded<Event>[],
  follows: readonly Followed[],
  look: (tables: MemoryTables, sofar: readonly Recorded<Event>[]) => void,
): void {
  const tables = new MemoryTables();
  history.forEach((recorded, index) => {
    for (const projection of follows) {
      tried.add(projection.name);
      if (projection.types.includes(recorded.event.type)) tables.apply(projection.apply(recorded));
    }
    look(tables, history.slice(0, index + 1));
  });
}

/** The same for every history of a stream that these commands make. */
function holds<State, Command extends Intent, Event extends DomainEvent>(
  stream: string,
  decider: Decider<State, Command, Event>,
  command: fc.Arbitrary<Command>,
  follows: readonly Followed[],
  look: (tables: MemoryTables, state: State, sofar: readonly Recorded<Event>[]) => void,
): void {
  const turn = fc.record({ command, afterMs: fc.constantFrom(0, 1, 1_000, 60_000, 4_000_000) });
  fc.assert(
    fc.property(fc.array(turn, { maxLength: 25 }), (commands) => {
      after(historyOf(stream, decider, commands), follows, (tables, sofar) => {
        const events = sofar.map(({ event }) => event);
        look(tables, fold(decider, events), sofar);
      });
    }),
    { numRuns: 300 },
  );
}

/** As the model of a job names leases. */
function jobHistory(what: JobDefinition, given: readonly Turn[]): readonly Recorded<JobEvent>[] {
  const model = new ModelJob();
  const events: Recorded<JobEvent>[] = [];
  let job = jobDecider.initialState;
  let at = 0;
  for (const { order, afterMs } of [{ order: () => submission(what), afterMs: 0 }, ...given]) {
    at = Math.max(0, at + afterMs);
    const command = order(model);
    const found = decided(jobDecider, command, job, at);
    model.tell(command, at);
    for (const event of found) {
      job = jobDecider.evolve(job, event);
      events.push(recordedIn('job-j1', event, events.length, at));
      if (event.type === 'JobRetryScheduled') model.retryAt = event.data.retryAt;
    }
  }
  return events;
}

const everyJob = (look: (history: readonly Recorded<JobEvent>[]) => void) => {
  fc.assert(
    fc.property(asked, turns, (what, given) => {
      look(jobHistory(what, given));
    }),
    { numRuns: 250 },
  );
};

describe('after every event of any history', () => {
  it('the row of a job is what its events say', () => {
    everyJob((history) => {
      after(history, [jobsProjection], (tables, sofar) => {
        const view = viewOf(sofar);
        expect(tables.rows(jobs)).toEqual(view === null ? [] : [{ ...view, createdPosition: 1_000n }]);
      });
    });
  });

  it('the attempts of a job are those that its report names as ended', () => {
    everyJob((history) => {
      after(history, [attemptsProjection], (tables, sofar) => {
        const report = reportOf(sofar);
        if (report === null) return;
        const ended = report.attempts.filter(({ finishedAt }) => finishedAt !== null);
        const rows = tables.rows(attempts).map(({ attempt, workerId, queuedAt, assignedAt, startedAt, ...row }) => {
          return {
            attempt,
            workerId,
            queuedAt,
            assignedAt,
            startedAt,
            finishedAt: row.finishedAt,
            outcome: row.outcome,
          };
        });
        expect(rows.sort((one, other) => one.attempt - other.attempt)).toEqual(
          ended.map(({ durationMs, charged, error, ...attempt }) => attempt),
        );
      });
    });
  });

  it('a job is ready and counted as its state says', () => {
    everyJob((history) => {
      after(history, [dispatchProjection], (tables, sofar) => {
        const job = fold(
          jobDecider,
          sofar.map(({ event }) => event),
        );
        const [counts] = tables.rows(queueCounts);
        const ready = job.state === 'QUEUED' ? [{ jobId: 'j1', attempt: job.attempts.number }] : [];
        expect(tables.rows(readyJobs)).toMatchObject(ready);
        expect(tables.rows(readyJobs)).toHaveLength(ready.length);
        const isAt = (state: string) => (isExisting(job) && job.state === state ? 1 : 0);
        expect(counts).toMatchObject({
          created: isAt('CREATED'),
          queued: isAt('QUEUED'),
          assigned: isAt('ASSIGNED'),
          running: isAt('RUNNING'),
        });
      });
    });
  });

  it('the places of a client are those of its events', () => {
    everyJob((history) => {
      after(history, [clientEventsProjection], (tables, sofar) => {
        const places = new Map<bigint, string>();
        for (const { position, revision, metadata, event } of sofar) {
          const line = `${position} ${revision} ${metadata.at} ${event.type} job-j1\n`;
          places.set(segmentOf(position), `${places.get(segmentOf(position)) ?? ''}${line}`);
        }
        expect(tables.rows(clientEvents).map(({ segment, places: lines }) => [segment, lines])).toEqual([...places]);
      });
    });
  });

  it('a queue is held and limited as it was last told', () => {
    const of = ['q1', 'c1', 'mail'] as const;
    const command = fc.oneof(
      fc.constantFrom(new PauseQueue(...of), new ResumeQueue(...of)),
      fc.constantFrom(null, 1, 5).map((maxRunning) => new LimitQueue(...of, maxRunning)),
    );
    holds('queue-q1', queueDecider, command, [queuePausesProjection], (tables, { isPaused, maxRunning }) => {
      expect(tables.rows(queuePauses)).toHaveLength(isPaused === true ? 1 : 0);
      const limit = typeof maxRunning === 'number' ? [{ clientId: 'c1', queue: 'mail', maxRunning }] : [];
      expect(tables.rows(queueLimits)).toEqual(limit);
    });
  });

  it('a client and its keys are as its stream says', () => {
    const keyId = fc.constantFrom('k1', 'k2', 'k3', 'k4', 'k5');
    const made = keyId.map((id) => ({ keyId: id, hash: `hash of ${id}` }));
    const name = fc.constantFrom('a', 'b');
    const command = fc.oneof(
      fc.constantFrom(null, 'ours').map((named) => new CreateClient('c1', named)),
      fc.tuple(made, name, fc.constantFrom(null, 60_000), fc.boolean()).map(([key, named, lifetimeMs, rotate]) => {
        return new IssueKey('c1', key, { name: named, scopes: ['read'], lifetimeMs, rotate }, keyScopes);
      }),
      fc.tuple(keyId, made, fc.constantFrom(0, 5_000)).map(([id, key, overlapMs]) => {
        return new RenewKey('c1', id, key, overlapMs, keyScopes);
      }),
      keyId.map((id) => new RevokeKey('c1', id, keyScopes)),
    );
    holds('client-c1', clientDecider, command, [clientsProjection, apiKeysProjection], (tables, client) => {
      if (client.state === 'NONE') throw new Error('nothing is recorded of a client that is not there');
      const { clientId, name: named, createdAt, keys } = client;
      expect(tables.rows(clients)).toEqual([{ clientId, name: named, createdAt }]);
      const known = Object.values(keys).sort((one, other) => (one.keyId < other.keyId ? -1 : 1));
      expect(tables.rows(apiKeys)).toEqual(known);
    });
  });

  it('a webhook is as its stream says', () => {
    const of = ['w1', 'c1'] as const;
    const url = fc.constantFrom('https://one.example/', 'https://two.example/');
    const events = fc.constantFrom(['*'], ['job.succeeded', 'job.failed']);
    const requested = fc.record({ url, events, description: fc.constantFrom(null, 'ours') });
    const changes = fc.record(
      { url, events, description: fc.constantFrom(null, 'theirs'), enabled: fc.boolean() },
      { requiredKeys: [] },
    );
    const command = fc.oneof(
      requested.map((what) => new CreateWebhook(...of, what, 'sealed')),
      { weight: 4, arbitrary: changes.map((what) => new ChangeWebhook(...of, what)) },
      fc.constantFrom(
        new RotateSecret(...of, 'sealed anew'),
        new RecordFailure('w1', 100_000),
        new RecordSuccess('w1'),
        new DisableGone('w1'),
        new DeleteWebhook(...of),
      ),
    );
    holds('webhook-w1', webhookDecider, command, [webhooksProjection], (tables, webhook) => {
      if (webhook.state !== 'LIVE') {
        expect(tables.rows(webhooks)).toEqual([]);
        return;
      }
      const { state, secrets, failingSince, ...shown } = webhook;
      expect(tables.rows(webhooks)).toEqual([{ ...shown, createdPosition: 1_000n }]);
    });
  });

  it('a delivery is as its stream says', () => {
    const subject: DeliverySubject = {
      ...{ deliveryId: 'd1', listenerId: 'w1', clientId: 'c1', callbackUrl: null, kind: 'test' },
      ...{ eventId: 'e1', eventName: 'webhook.test', jobId: null, scheduleId: null, revision: null, position: null },
    };
    const policy = { maxAttempts: 3, backoffBaseMs: 1_000 };
    const answer = { status: 500, durationMs: 7, failure: 'status', error: 'answered 500', isSent: true } as const;
    const verdict = fc.constantFrom<ConstructorParameters<typeof RecordAttempt>[4]>(
      { kind: 'delivered' },
      { kind: 'gone' },
      { kind: 'failed', retryAfterMs: null },
      { kind: 'failed', retryAfterMs: 90_000 },
    );
    const command = fc.oneof(
      fc.constantFrom(new PlanDelivery(subject), new RepeatDelivery(subject, false, 1_000_000_000)),
      {
        weight: 5,
        arbitrary: fc.tuple(fc.integer({ min: 1, max: 6 }), verdict).map(([attempt, found]) => {
          return new RecordAttempt('d1', attempt, 0, answer, found, policy, 0.5);
        }),
      },
      fc.constant(new DropDelivery('d1', 'listener')),
    );
    holds('delivery-d1', deliveryDecider, command, [deliveriesProjection], (tables, delivery, sofar) => {
      if (delivery.state === 'NONE') throw new Error('nothing is recorded of a delivery that is not there');
      const [row] = tables.rows(deliveries);
      const attempted = sofar.filter(({ event }) => event.type === 'DeliveryAttempted');
      // The event that ends a round comes with its last attempt, as one append.
      const isBetween = sofar.at(-1)?.event.type === 'DeliveryAttempted' && row?.nextAttemptAt === null;
      const nextAttemptAt = delivery.state === 'PENDING' && !isBetween ? delivery.nextAttemptAt : null;
      expect(row).toMatchObject({
        deliveryId: 'd1',
        state: delivery.state,
        nextAttemptAt,
        plannedAt: delivery.plannedAt,
      });
      expect(tables.rows(deliveryAttempts)).toHaveLength(new Set(attempted.map(attemptIn)).size);
      expect(attempted).toHaveLength(delivery.attempts);
    });
  });

  it('a schedule is as its stream says, and its ledger has each tick once', () => {
    fc.assert(
      fc.property(scheduleTurns, (commands) => {
        after(historyOf('schedule-s', scheduleDecider, commands), [schedulesProjection], (tables, sofar) => {
          const events = sofar.map(({ event }) => event);
          const schedule = fold(scheduleDecider, events);
          const shown = schedule.state === 'LIVE' ? [scheduleView(schedule)] : [];
          expect(tables.rows(schedules)).toMatchObject(shown);
          expect(tables.rows(schedules)).toHaveLength(shown.length);
          expect(
            tables
              .rows(occurrences)
              .map(({ dueAt, triggerId, outcome }) => `${dueAt} ${triggerId} ${outcome}`)
              .sort(),
          ).toEqual([...ledgerOf(events)].map(([tick, outcome]) => `${tick} ${outcome}`).sort());
        });
      }),
      { numRuns: 300 },
    );
  });

  it('no projection is left out', () => {
    expect([...tried].sort()).toEqual(projections.map(({ name }) => name).sort());
  });
});

const attemptIn = ({ event }: Recorded): unknown => ('attempt' in event.data ? event.data.attempt : null);

/** What last became of each tick, and of what was triggered in the same moment. */
function ledgerOf(events: readonly ScheduleEvent[]): ReadonlyMap<string, string> {
  const ledger = new Map<string, string>();
  for (const { type, data } of events) {
    if (type === 'OccurrenceFired')
      ledger.set(`${data.dueAt} ${data.reason === 'triggered' ? data.jobId : ''}`, 'FIRED');
    if (type === 'OccurrenceBuffered') ledger.set(`${data.dueAt} `, 'BUFFERED');
    if (type === 'OccurrenceRejected') ledger.set(`${data.dueAt} ${data.isTriggered ? data.jobId : ''}`, 'SKIPPED');
    if (type === 'OccurrencesSkipped') for (const dueAt of data.dueAts) ledger.set(`${dueAt} `, 'SKIPPED');
    if (type === 'OccurrencesMissed') for (const dueAt of data.dueAts) ledger.set(`${dueAt} `, 'MISSED');
  }
  return ledger;
}
