import { chainsAndLedgers } from './faults/chains-and-ledgers.js';
import { charges } from './faults/charges.js';
import { deliveries } from './faults/deliveries.js';
import { leases } from './faults/leases.js';
import { queues } from './faults/queues.js';
import { readModels } from './faults/read-models.js';
import { reports } from './faults/reports.js';
import { retention } from './faults/retention.js';
import { states } from './faults/states.js';
import { submits } from './faults/submits.js';
import { tenants } from './faults/tenants.js';
import { time } from './faults/time.js';
import { type PlantedFault } from './planted-fault.js';

/** In the order of the promises that they break. */
export const plantedFaults: readonly PlantedFault[] = [
  ...submits,
  ...states,
  ...leases,
  ...reports,
  ...time,
  ...deliveries,
  ...readModels,
  ...tenants,
  ...retention,
  ...chainsAndLedgers,
  ...queues,
  ...charges,
];
