import { orNull, Table, text, timestamptz, uuid } from '../../src/kernel/table.js';

export const clients = new Table('clients', ['client_id'], {
  client_id: uuid,
  name: orNull(text),
  created_at: timestamptz,
});
