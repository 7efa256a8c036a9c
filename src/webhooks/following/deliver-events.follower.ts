import { type Pool } from 'pg';
import { type Effect, type Follower } from '../../engine/followers/follower.js';
import { statement, type Statement } from '../../engine/followers/statement.js';
import { type JobEvent } from '../../jobs/domain/job.events.js';
import { type Recorded } from '../../kernel/recorded.js';
import { type OccurrencesMissed } from '../../schedules/domain/schedule.events.js';
import { type DeliveryPlanned, type DeliveryReopened } from '../domain/delivery.events.js';
import { type WebhookEvent } from '../domain/webhook.events.js';
import { type Deliverable, deliverableTypes } from '../sending/candidates.js';
import { type DeliverySignal, deliveriesChannel } from '../sending/delivery-signal.js';
import { deliverTo, forget, listenTo, queueOpened } from './delivery-statements.js';
import { listenerStatements } from './listener-statements.js';

type Followed = Deliverable | WebhookEvent | DeliveryPlanned | DeliveryReopened;

const webhookTypes: readonly WebhookEvent['type'][] = [
  'WebhookCreated',
  'WebhookChanged',
  'WebhookEnabled',
  'WebhookDisabled',
  'WebhookDeleted',
  'WebhookReplayRequested',
];

/** What it is called and what it reads, for those who watch it. */
export const deliverEventsScope: Pick<Follower, 'name' | 'version' | 'categories' | 'types'> = {
  name: 'deliver-events',
  version: 1,
  categories: ['job', 'schedule', 'webhook', 'delivery'],
  types: [...deliverableTypes, ...webhookTypes, 'DeliveryPlanned', 'DeliveryReopened'],
};

/**
 * Each event that listeners want is put into the queue together with the checkpoint: once for all webhooks that do, so that
 * a client with many of them does not keep those of others waiting, and once for a callback. It follows webhooks in the same
 * order as jobs, so a webhook gets everything that comes after its registration in the log.
 *
 * It is no `Saga`, because which deliveries follow depends on who listens. That is asked in the database, for the
 * clients that have a listener at all; events of all others write nothing, and a batch that writes nothing costs no
 * commit. The list of those clients may name too many and never too few: it is read anew when a term begins, and
 * everything that adds to it later passes through here.
 */
export function deliverEvents(pool: Pool, deliverySignal: DeliverySignal): Follower {
  let listening = new Set<string>();
  return {
    ...deliverEventsScope,
    lingerMs: 5,
    maxBatch: 500,
    async opened() {
      const { rows } = await pool.query<{ client_id: string }>(
        `select distinct client_id from forgerun_engine.webhook_spans where until is null
         union select distinct client_id from forgerun_engine.callbacks`,
      );
      listening = new Set(rows.map(({ client_id: clientId }) => clientId));
    },
    apply(events): Effect {
      const statements = [...effectsOf(events as readonly Recorded<Followed>[], listening)];
      if (statements.length === 0) return { statements };
      statements.push(statement(`select pg_notify('${deliveriesChannel}', '')`, []));
      return {
        statements,
        committed: () => {
          deliverySignal.notify();
        },
      };
    },
  };
}

/** Who listens comes first: their positions keep it in order with the events of the same batch. */
function effectsOf(events: readonly Recorded<Followed>[], listening: Set<string>): readonly Statement[] {
  const listeners: Statement[] = [];
  const opened: Statement[] = [];
  const wanted: Recorded<JobEvent>[] = [];
  const missed: Recorded<OccurrencesMissed>[] = [];
  for (const recorded of events) {
    if (isOfWebhook(recorded)) {
      if (recorded.event.type !== 'WebhookDeleted') listening.add(recorded.event.data.clientId);
      for (const each of listenerStatements(recorded)) listeners.push(each);
    } else if (isOpening(recorded)) {
      // What events of jobs ask for is in the queue before its stream begins.
      const { type, data } = recorded.event;
      if (type === 'DeliveryReopened' || data.isReplay || data.kind === 'test') opened.push(queueOpened(recorded));
    } else if (isOfSchedule(recorded)) {
      if (listening.has(recorded.event.data.clientId)) missed.push(recorded);
    } else if (isOfJob(recorded)) {
      const { type, data } = recorded.event;
      if (type === 'JobCreated' && data.callback !== null) listening.add(data.clientId);
      if (listening.has(data.clientId)) wanted.push(recorded);
    }
  }
  const created = wanted.flatMap(({ event }) => (event.type === 'JobCreated' ? [event.data] : []));
  const erased = wanted.flatMap(({ event }) => (event.type === 'JobErased' ? [event.data.jobId] : []));
  return [...listeners, ...listenTo(created), ...deliverTo([...wanted, ...missed]), ...forget(erased), ...opened];
}

const isOfWebhook = (recorded: Recorded<Followed>): recorded is Recorded<WebhookEvent> =>
  recorded.stream.startsWith('webhook-');
const isOfSchedule = (recorded: Recorded<Followed>): recorded is Recorded<OccurrencesMissed> =>
  recorded.stream.startsWith('schedule-');
const isOfJob = (recorded: Recorded<Followed>): recorded is Recorded<JobEvent> => recorded.stream.startsWith('job-');
const isOpening = (recorded: Recorded<Followed>): recorded is Recorded<DeliveryPlanned | DeliveryReopened> =>
  recorded.stream.startsWith('delivery-');
