import { Table } from '../../src/kernel/projection.js';

interface ClientRow {
  client_id: string;
  name: string | null;
  created_at: number;
}

export const clientsTable = new Table<ClientRow>('clients', ['client_id'], {
  client_id: 'uuid',
  name: 'text',
  created_at: 'timestamptz',
});
