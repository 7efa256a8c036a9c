import { type ClientCreated } from '../../src/clients/domain/client.events.js';
import { type Projection } from '../../src/kernel/projection.js';
import { clientsTable } from './clients.table.js';

/** One row per client. */
export const clientsProjection: Projection<ClientCreated> = {
  name: 'clients',
  version: 1,
  categories: ['client'],
  types: ['ClientCreated'],
  tables: [clientsTable],
  lingerMs: 0,
  apply({ event: { data } }) {
    return [clientsTable.insert({ client_id: data.clientId, name: data.name, created_at: data.createdAt })];
  },
};
