import { afterEach } from '@jest/globals';
import { connect, type Connection } from '../../../src/engine/event-store/eventstoredb/connection.js';
import { openEventStoreDb } from '../../../src/engine/event-store/eventstoredb/eventstoredb.event-store.js';
import { type EventStoreDbOptions as StoreOptions } from '../../../src/engine/event-store/eventstoredb/options.js';
import { type EventStore } from '../../../src/engine/event-store/event-store.port.js';
import { type EventStoreDbOptions, type EventStoreDbServer, startEventStoreDb } from './server.js';

interface Given {
  server(options?: EventStoreDbOptions): Promise<EventStoreDbServer>;
  store(connectionString: string, options?: StoreOptions): Promise<EventStore>;
  /** The bare client, for what the adapter never does. */
  client(connectionString: string): Promise<Connection['client']>;
}

/** Servers, stores and clients that are gone after each test. */
export function givenEventStoreDb(): Given {
  const toEnd: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const end of toEnd.splice(0).reverse()) await end();
  });
  return {
    async server(options = {}) {
      const server = await startEventStoreDb(options);
      toEnd.push(() => server.stop());
      return server;
    },
    async store(connectionString, options = {}) {
      const store = await openEventStoreDb(connectionString, {
        // Generous, for a machine that is busy with other tests.
        turnMs: 60_000,
        retryMs: 60_000,
        attemptMs: 3000,
        reconnectMs: 200,
        ...options,
      });
      toEnd.push(() => store.close());
      return store;
    },
    async client(connectionString) {
      const connection = await connect(connectionString, { onError: () => undefined, connectionNumber: 2 });
      toEnd.push(() => connection.close());
      return connection.client;
    },
  };
}
