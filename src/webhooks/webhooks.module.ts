import { type DynamicModule, Module } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { Streams } from '../engine/commands/streams.js';
import { ProjectionProgress } from '../engine/projector/projection-progress.js';
import { type Position } from '../kernel/recorded.js';
import { SharedLoop } from '../platform/async/shared-loop.js';
import { Clock } from '../platform/clock/clock.js';
import { type Egress } from '../platform/egress/egress.js';
import { Ids } from '../platform/ids/ids.js';
import { type ReadSource } from '../platform/postgres/read-source.js';
import { DeliveriesController } from './api/deliveries.controller.js';
import { WebhookReadsController } from './api/webhook-reads.controller.js';
import { WebhooksController } from './api/webhooks.controller.js';
import { ChangeWebhookHandler } from './commands/change-webhook.handler.js';
import { RedeliverEventHandler } from './commands/redeliver-event.handler.js';
import { RegisterWebhookHandler } from './commands/register-webhook.handler.js';
import { ReplayEventsHandler } from './commands/replay-events.handler.js';
import { TestWebhookHandler } from './commands/test-webhook.handler.js';
import { WebhookChecks } from './commands/webhook-checks.js';
import { webhookHandlers } from './commands/webhook.handlers.js';
import { WebhookUniqueness } from './commands/webhook-uniqueness.js';
import { WebhookWrites } from './commands/webhook-writes.js';
import { DeliveryTable } from './queries/delivery-table.js';
import { GetWebhookHandler, ListDeliveriesHandler, ListWebhooksHandler } from './queries/webhook-reads.query.js';
import { WebhookTable } from './queries/webhook-table.js';
import { type Sealing } from '../platform/sealing/sealing.js';
import { type IdPages, SealAnew, type SealAnewReports } from './secrets/seal-anew.js';
import { SecretMaker } from './secrets/secret-maker.js';
import { DeliveryPlanner } from './sending/delivery-planner.js';
import { DeliveryQueue } from './sending/delivery-queue.js';
import { FanOut } from './sending/fan-out.js';
import { DeliverySender, type SenderReports } from './sending/delivery-sender.js';
import { type AttemptParts } from './sending/delivery-attempt.js';
import { type JobEventReader } from './sending/job-event-reader.js';
import { Receivers } from './sending/receivers.js';
import { Replays } from './sending/replays.js';

interface WebhooksDependencies {
  readonly api: pg.Pool;
  readonly source: ReadSource;
  /** Senders look at their queue here. */
  readonly sending: pg.Pool;
  /** Place of the newest event. */
  readonly head: () => Promise<Position | null>;
  readonly egress: Egress;
  readonly facts: JobEventReader;
  /** Seals what signs. */
  readonly sealing: Sealing;
  readonly policy: AttemptParts['policy'];
  readonly reports: SenderReports;
  /** Ids of all clients, whose callbacks have secrets, too. */
  readonly clients: IdPages;
  readonly deleteKeyInDatabase: () => Promise<void>;
  readonly sealed: SealAnewReports;
}

const handlers = [
  ...webhookHandlers,
  ChangeWebhookHandler,
  RedeliverEventHandler,
  RegisterWebhookHandler,
  ReplayEventsHandler,
  TestWebhookHandler,
  GetWebhookHandler,
  ListDeliveriesHandler,
  ListWebhooksHandler,
];

/** Listeners, and what is delivered to them. Global modules provide the bus of queries, CommandSender, Streams, Clock, Ids and Cursors. */
@Module({})
export class WebhooksModule {
  static on(dependencies: WebhooksDependencies): DynamicModule {
    const { api, source, sending, head, egress, facts, sealing, policy, reports } = dependencies;
    const maker = new SecretMaker(sealing, randomBytes);
    const table = new WebhookTable(source, api);
    return {
      module: WebhooksModule,
      controllers: [WebhooksController, DeliveriesController, WebhookReadsController],
      providers: [
        ...handlers,
        { provide: WebhookTable, useValue: table },
        { provide: DeliveryTable, useValue: new DeliveryTable(source) },
        { provide: SecretMaker, useValue: maker },
        { provide: WebhookChecks, useValue: new WebhookChecks(egress) },
        {
          provide: WebhookUniqueness,
          inject: [Streams, ProjectionProgress],
          useFactory: (streams: Streams, progress: ProjectionProgress) =>
            new WebhookUniqueness(streams, table, new WebhookWrites(api, progress, head, table)),
        },
        {
          provide: SealAnew,
          inject: [Streams, ProjectionProgress, Ids],
          useFactory: (streams: Streams, progress: ProjectionProgress, ids: Ids) => {
            const { clients, deleteKeyInDatabase, sealed } = dependencies;
            const webhooks: IdPages = (after, most) => table.idsAfter(after, most);
            const owners = { webhooks, clients };
            return new SealAnew({
              sealing,
              streams,
              head,
              progress,
              ids,
              ...owners,
              deleteKeyInDatabase,
              reports: sealed,
            });
          },
        },
        {
          provide: DeliverySender,
          inject: [Streams, Clock, Ids, SharedLoop],
          useFactory: (streams: Streams, clock: Clock, ids: Ids, loop: SharedLoop) => {
            const queue = new DeliveryQueue(sending);
            const receivers = new Receivers(streams, sealing, maker, clock, ids);
            const putOff: AttemptParts['putOff'] = (lack) => {
              reports.putOff(lack);
            };
            const means = { queue, streams, receivers, facts, egress, clock, ids };
            const parts = { ...means, policy, jitter: Math.random, putOff };
            const planner = new DeliveryPlanner(queue, new FanOut(sending), streams, loop);
            return new DeliverySender(parts, planner, new Replays(sending, facts, streams), reports, loop);
          },
        },
      ],
      exports: [SealAnew, DeliverySender],
    };
  }
}
