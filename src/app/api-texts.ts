import { adminDescriptions } from '../admin/api/admin.descriptions.js';
import { parkedStreamDescriptions } from '../admin/api/parked-stream.descriptions.js';
import { clientDescriptions } from '../clients/api/client.descriptions.js';
import { eventSchemas } from '../jobs/queries/history.response.js';
import { publishedState } from '../jobs/queries/job.response.js';
import { jobEventDescriptions } from '../jobs/api/job-event.descriptions.js';
import { jobDescriptions } from '../jobs/api/job.descriptions.js';
import { scheduledJobSchema } from '../jobs/api/scheduled-job.schema.js';
import { leaseDescriptions } from '../jobs/api/lease.descriptions.js';
import { type ApiTexts } from '../platform/http/openapi/api-document.js';
import { sharedDescriptions } from '../platform/http/openapi/shared.descriptions.js';
import { mergedDescriptions } from '../platform/http/openapi/descriptions.js';
import { queueDescriptions } from '../queues/api/queue.descriptions.js';
import { summaryDescriptions } from '../reports/api/summary.descriptions.js';
import { scheduleDescriptions } from '../schedules/api/schedule.descriptions.js';
import { deliveredBodies } from '../webhooks/api/delivered.schemas.js';
import { webhookDescriptions } from '../webhooks/api/webhook.descriptions.js';

const tags = {
  admin: 'How the engine is; for its operator.',
  clients: 'Clients and their API keys.',
  events: 'Everything that happens to the jobs of a client.',
  health: 'For whoever watches the process.',
  jobs: 'Submitting jobs, reading them, and changing their course.',
  leases: 'For workers: getting jobs to run, and telling how it went.',
  metrics: 'For Prometheus.',
  queues: 'How queues are, pausing and limiting them.',
  reference: 'The API about itself.',
  reports: 'Figures over many jobs.',
  schedules: 'Jobs that are submitted again and again, by the clock.',
  webhooks: 'Being told of events, and what became of each message.',
};

const descriptions = mergedDescriptions(
  sharedDescriptions,
  adminDescriptions,
  clientDescriptions,
  jobDescriptions,
  jobEventDescriptions,
  leaseDescriptions,
  parkedStreamDescriptions,
  queueDescriptions,
  scheduleDescriptions,
  summaryDescriptions,
  webhookDescriptions,
);

const scheduleRequests = ['CreateScheduleRequest', 'DeclareScheduleRequest', 'ChangeScheduleRequest'];

/** What the API document says beside what its routes say of themselves. */
export const apiTexts = (version: string): ApiTexts => ({
  version,
  descriptions,
  members: Object.fromEntries(scheduleRequests.map((owner) => [`${owner}.job`, scheduledJobSchema])),
  tags,
  delivered: deliveredBodies(eventSchemas, publishedState.schema),
});
