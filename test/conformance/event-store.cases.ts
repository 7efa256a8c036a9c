import { randomUUID } from 'node:crypto';
import {
  type AppendOutcome,
  type Batch,
  type EventStore,
  type ExpectedRevision,
  type NewEvent,
  type SubscribeOptions,
} from '../../src/engine/event-store/event-store.port.js';
import { type Position, type Recorded } from '../../src/kernel/recorded.js';

/** A category that no other test writes to, so that tests can share a log. */
export const newCategory = (): string => `t${randomUUID().replaceAll('-', '')}`;

export const newEvent = (type = 'Happened', data: object = { n: 1 }): NewEvent => ({
  id: randomUUID(),
  event: { type, data },
  metadata: {
    at: 1_767_225_600_000,
    actor: 'process:test',
    correlationId: null,
    causationId: null,
    traceparent: null,
    schema: 1,
    chain: '',
  },
});

export const appendTo = (
  store: EventStore,
  stream: string,
  expected: ExpectedRevision,
  ...events: readonly NewEvent[]
): Promise<AppendOutcome> => store.append({ stream, expected, events: events.length > 0 ? events : [newEvent()] });

export const typesOf = (events: readonly Recorded[]): string[] => events.map(({ event }) => event.type);

export interface Collected {
  readonly events: readonly Recorded[];
  readonly batches: readonly (Pick<Batch, 'position' | 'caughtUp'> & { readonly handedOut: number })[];
  readonly position: Position | null;
  until(count: number): Promise<void>;
  caughtUp(): Promise<void>;
  /** Makes the reader busy with its next batch until the answer is called. */
  hold(): () => void;
  stop(): Promise<void>;
}

/** Reads a subscription in the background and remembers what came. */
export function collect(store: EventStore, options: SubscribeOptions): Collected {
  const subscription = store.subscribe(options);
  const events: Recorded[] = [];
  const batches: Collected['batches'][number][] = [];
  const watchers = new Set<() => void>();
  let position: Position | null = options.after;
  let isCaughtUp = false;
  let gate: Promise<void> = Promise.resolve();
  const reading = (async () => {
    for await (const batch of subscription) {
      events.push(...batch.events);
      position = batch.position;
      batches.push({ position, caughtUp: batch.caughtUp, handedOut: events.length });
      isCaughtUp = batch.caughtUp;
      for (const watch of watchers) watch();
      await gate;
    }
  })();
  const when = (holds: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      const watch = () => {
        if (!holds()) return;
        watchers.delete(watch);
        resolve();
      };
      watchers.add(watch);
      watch();
    });
  return {
    events,
    batches,
    get position() {
      return position;
    },
    until: (count) => when(() => events.length >= count),
    caughtUp: () => when(() => isCaughtUp),
    hold() {
      let open: () => void = () => undefined;
      gate = new Promise((resolve) => {
        open = resolve;
      });
      return () => {
        open();
      };
    },
    async stop() {
      await subscription.close();
      await reading;
    },
  };
}
