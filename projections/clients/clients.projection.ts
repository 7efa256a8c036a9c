import { type ClientCreated } from '../../src/clients/domain/client.events.js';
import { type Projection } from '../../src/kernel/projection.js';
import { clients } from './clients.table.js';

/** One row per client. */
export const clientsProjection: Projection<ClientCreated> = {
  name: 'clients',
  version: 1,
  categories: ['client'],
  types: ['ClientCreated'],
  tables: [clients],
  lingerMs: 0,
  apply: ({ event: { data } }) => [clients.insert(data)],
};
