import { describe } from '@jest/globals';
import { MeasuredEventStore } from '../../src/engine/event-store/measured.event-store.js';
import { MemoryEventStore } from '../support/memory-event-store.js';
import { keepsThePromisesOfAnEventStore } from './event-store.suite.js';

/** One of several handles on the log that tests keep in memory: closing one leaves the others open. */
class Handle extends MeasuredEventStore {
  override close(): Promise<void> {
    return Promise.resolve();
  }
}

describe('the event store of tests', () => {
  const store = new MemoryEventStore();
  keepsThePromisesOfAnEventStore(() => ({
    open: () => Promise.resolve(new Handle(store, { appended: () => undefined, failed: () => undefined })),
  }));
});
