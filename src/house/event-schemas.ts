import { clientSchemas } from '../clients/domain/client.schemas.js';
import { installationSchemas } from '../engine/installation/installation-log.js';
import { jobSchemas } from '../jobs/domain/job.schemas.js';
import type { EventSchemas } from '../kernel/event-schemas.js';
import { queueSchemas } from '../queues/domain/queue.schemas.js';
import { scheduleNameSchemas, scheduleSchemas } from '../schedules/domain/schedule.schemas.js';
import { deliverySchemas, webhookSchemas } from '../webhooks/domain/webhook.schemas.js';

/** Every category of streams that ForgeRun writes, with the versions of its events: what followers read is upcast by these. */
export const eventSchemas: readonly EventSchemas[] = [
  clientSchemas,
  jobSchemas,
  queueSchemas,
  scheduleSchemas,
  scheduleNameSchemas,
  webhookSchemas,
  deliverySchemas,
  installationSchemas,
];
