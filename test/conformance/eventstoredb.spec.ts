import { afterAll, beforeAll, describe } from '@jest/globals';
import { openEventStoreDb } from '../../src/engine/event-store/eventstoredb/eventstoredb.event-store.js';
import { type EventStoreDbServer, startEventStoreDb } from '../support/eventstoredb/server.js';
import { keepsThePromisesOfAnEventStore } from './event-store.suite.js';
import { type SharedStoreUnderTest, sharesItsStore } from './shared-store.suite.js';

const sharedOn = (url: string, reads: SharedStoreUnderTest['reads']): SharedStoreUnderTest => ({
  url,
  open: (sharing) => openEventStoreDb(url, sharing),
  reads,
});

describe('EventStoreDB as an event store', () => {
  let server: EventStoreDbServer;
  beforeAll(async () => {
    server = await startEventStoreDb();
  });
  afterAll(async () => {
    await server.stop();
  });
  keepsThePromisesOfAnEventStore(() => ({ open: () => openEventStoreDb(server.connectionString) }));
  sharesItsStore(() => sharedOn(server.connectionString, () => server.stats.reads));
});

// The same promises, kept by a real server, wherever there is one to name.
const realServer = process.env['FORGERUN_TEST_EVENTSTOREDB'];
if (realServer !== undefined && realServer !== '')
  describe('the EventStoreDB that FORGERUN_TEST_EVENTSTOREDB names', () => {
    keepsThePromisesOfAnEventStore(() => ({ open: () => openEventStoreDb(realServer) }));
    sharesItsStore(() => sharedOn(realServer, null));
  });
