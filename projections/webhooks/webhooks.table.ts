import { Table } from '../../src/kernel/projection.js';

interface WebhookRow {
  webhook_id: string;
  client_id: string;
  url: string;
  events: string;
  description: string | null;
  enabled: boolean;
  disabled_reason: string | null;
  created_at: number;
  updated_at: number;
  created_position: bigint;
}

export const webhooksTable = new Table<WebhookRow>('webhooks', ['webhook_id'], {
  webhook_id: 'uuid',
  client_id: 'uuid',
  url: 'text',
  events: 'text',
  description: 'text',
  enabled: 'boolean',
  disabled_reason: 'text',
  created_at: 'timestamptz',
  updated_at: 'timestamptz',
  created_position: 'numeric',
});
