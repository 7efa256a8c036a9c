import { installationSchemas } from '../engine/installation/installation-log.js';
import { type EventSchemas } from '../kernel/event-schemas.js';
import { clientStream } from '../clients/domain/client.stream.js';
import { jobStream } from '../jobs/domain/job.stream.js';
import { queueStream } from '../queues/domain/queue.stream.js';
import { scheduleNameStream, scheduleStream } from '../schedules/schedule.stream.js';
import { deliveryStream, webhookStream } from '../webhooks/domain/webhook.stream.js';

/** Every category of streams that ForgeRun writes, with the versions of its events: what followers read is upcast by these. */
export const eventSchemas: readonly EventSchemas[] = [
  clientStream,
  jobStream,
  queueStream,
  scheduleStream,
  scheduleNameStream,
  webhookStream,
  deliveryStream,
  installationSchemas,
];
