import type { StreamKind } from '../engine/commands/stream-kind.js';
import type { ClientCommand } from './domain/client.commands.js';
import { clientDecider } from './domain/client.decider.js';
import type { ClientEvent } from './domain/client.events.js';
import { clientSchemas } from './domain/client.schemas.js';
import type { Client } from './domain/client.state.js';

export const clientKind: StreamKind<Client, ClientCommand, ClientEvent> = {
  schemas: clientSchemas,
  decider: clientDecider,
  whenGone: { kind: 'not-found', code: 'RFA_CLIENT_NOT_FOUND' },
  weigh: (client) => (client.exists ? 200 + 400 * Object.keys(client.keys).length : 16),
};
