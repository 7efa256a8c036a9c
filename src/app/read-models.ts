import { apiKeysProjection } from '../../projections/api-keys/api-keys.projection.js';
import { attemptsProjection } from '../../projections/attempts/attempts.projection.js';
import { clientEventsProjection } from '../../projections/client-events/client-events.projection.js';
import { clientsProjection } from '../../projections/clients/clients.projection.js';
import { deliveriesProjection } from '../../projections/deliveries/deliveries.projection.js';
import { dispatchProjection } from '../../projections/dispatch/dispatch.projection.js';
import { jobsProjection } from '../../projections/jobs/jobs.projection.js';
import { queuePausesProjection } from '../../projections/queue-pauses/queue-pauses.projection.js';
import { schedulesProjection } from '../../projections/schedules/schedules.projection.js';
import { webhooksProjection } from '../../projections/webhooks/webhooks.projection.js';
import { type Projection } from '../kernel/projection.js';
import { type TableShape } from '../kernel/row-change.js';

/** Every read model. */
export const projections: readonly Projection[] = [
  dispatchProjection,
  jobsProjection,
  attemptsProjection,
  clientsProjection,
  apiKeysProjection,
  queuePausesProjection,
  clientEventsProjection,
  schedulesProjection,
  webhooksProjection,
  deliveriesProjection,
];

/** Every table of a read model. */
export const readTables: readonly TableShape[] = projections.flatMap(({ tables }) => tables);
