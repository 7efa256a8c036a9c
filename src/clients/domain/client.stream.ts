import { type StreamDefinition } from '../../kernel/stream-definition.js';
import { type ClientCommand } from './client.commands.js';
import { clientDecider } from './client.decider.js';
import { type ClientEvent } from './client.events.js';
import { type Client } from './client.state.js';

/** Raise a version when an event's data changes shape, and add the step from the old one. */
export const clientStream: StreamDefinition<Client, ClientCommand, ClientEvent> = {
  category: 'client',
  versions: { ClientCreated: 1, KeyIssued: 1, KeyRetired: 2, KeyRevoked: 1 },
  upcast: {
    KeyRetired: {
      1(data) {
        const { diesAt, ...kept } = data as { readonly diesAt: number };
        return { ...kept, retiresAt: diesAt };
      },
    },
  },
  decider: clientDecider,
  whenGone: { kind: 'not-found', code: 'RFA_CLIENT_NOT_FOUND' },
  weigh: (client) => (client.state === 'LIVE' ? 200 + 400 * Object.keys(client.keys).length : 16),
};
