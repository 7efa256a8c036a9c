import type { EventSchemas } from '../../kernel/event-schemas.js';
import { clientCategory } from './client.stream.js';

export const clientSchemas: EventSchemas = {
  category: clientCategory,
  versions: { ClientCreated: 1, KeyIssued: 1, KeyRetired: 1, KeyRevoked: 1 },
  upcast: {},
};
