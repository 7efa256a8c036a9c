import {
  type AllStreamResolvedEvent,
  type AllStreamSubscription,
  type EventStoreDBClient,
  type Filter,
  type Position as LogPosition,
  type RecordedEvent,
} from '@eventstore/db-client';
import { type Position } from '../../../kernel/recorded.js';
import { type LogFilter } from '../event-store.port.js';
import { type StreamNames } from '../stream-names.js';
import { logPositionFrom } from './position.codec.js';
import { after } from '../../../platform/clock/timer.js';
import { within } from '../../../platform/async/within.js';
import { asError } from '../../../platform/async/as-error.js';

/** The server has looked at everything up to here. */
class Checkpoint {
  constructor(readonly position: LogPosition) {}
}

/** The server had nothing more to send. */
class CaughtUp {}

/** The server has more to send than it keeps ready, and reads it from the log again. */
class FellBehind {}

type FeedItem =
  | { readonly kind: 'event'; readonly event: RecordedEvent }
  | { readonly kind: 'checkpoint'; readonly position: LogPosition }
  | { readonly kind: 'caught-up' }
  | { readonly kind: 'fell-behind' };

/** Items that are read ahead of the reader: small, so that a slow reader slows the server and not our memory. */
const readAhead = 32;
const searchWindow = 500;
const windowsPerCheckpoint = 2;
const unsubscribeMs = 1000;

/**
 * One life of a subscription, from its call to its error. The client reports checkpoints and being caught up when they
 * arrive, ahead of events that still wait for the reader; here they take their place in line among the events.
 */
export class Feed {
  readonly #source: AllStreamSubscription;
  #failure: Error | null = null;
  #notify: () => void = () => undefined;

  constructor(client: EventStoreDBClient, after: Position | null, filter: LogFilter, names: StreamNames) {
    const serverSide = serverFilterOf(filter, names);
    this.#source = client.subscribeToAll(
      {
        fromPosition: after === null || after <= 0n ? 'start' : logPositionFrom(after),
        ...(serverSide === null ? {} : { filter: serverSide }),
      },
      { highWaterMark: readAhead },
    );
    this.#source.on('caughtUp', () => {
      this.#source.push(new CaughtUp());
    });
    this.#source.on('fellBehind', () => {
      this.#source.push(new FellBehind());
    });
    this.#source.on('error', (error) => {
      this.fail(error);
    });
    this.#source.on('end', () => {
      this.fail(new Error('EventStoreDB ended the subscription'));
    });
    this.#source.on('readable', () => {
      this.#notify();
    });
  }

  isEmpty(): boolean {
    return this.#source.readableLength === 0;
  }

  /** Waits until there is something to take; false when there was nothing for so long. Throws when the feed is dead. */
  async somethingWithin(ms: number): Promise<boolean> {
    if (!this.isEmpty()) return true;
    this.#checkAlive();
    await new Promise<void>((resolve) => {
      const timer = after(ms, resolve);
      this.#notify = () => {
        timer.cancel();
        resolve();
      };
    });
    if (this.isEmpty()) this.#checkAlive();
    return !this.isEmpty();
  }

  #checkAlive(): void {
    if (this.#failure !== null) throw this.#failure;
  }

  /** The next item that is already here. */
  take(): FeedItem | null {
    const item: unknown = this.#source.read();
    if (item === null) return null;
    if (item instanceof Checkpoint) return { kind: 'checkpoint', position: item.position };
    if (item instanceof CaughtUp) return { kind: 'caught-up' };
    if (item instanceof FellBehind) return { kind: 'fell-behind' };
    const { event } = item as AllStreamResolvedEvent;
    return event === undefined ? this.take() : { kind: 'event', event };
  }

  fail(error: Error): void {
    this.#failure ??= error;
    this.#notify();
  }

  /** Ends the server's side too, which leaving a loop over the subscription does not. */
  async close(): Promise<void> {
    this.fail(new Error('the subscription was closed'));
    try {
      await within(unsubscribeMs, this.#source.unsubscribe());
    } catch (error) {
      // There is no call to end when it could not be made; that was reported when it happened.
      this.#failure ??= asError(error);
    }
    this.#source.destroy();
  }
}

/** What the server can leave out by itself: streams by their prefixes, else events by the beginning of their type. */
function serverFilterOf(filter: LogFilter, names: StreamNames): Filter | null {
  const prefixes = names.prefixes(filter);
  const { types = [] } = filter;
  const common = {
    maxSearchWindow: searchWindow,
    checkpointInterval: windowsPerCheckpoint,
    checkpointReached: (subscription: AllStreamSubscription, position: LogPosition): void => {
      subscription.push(new Checkpoint(position));
    },
  };
  if (prefixes.length > 0) return { ...common, filterOn: 'streamName', prefixes: [...prefixes] };
  if (types.length > 0) return { ...common, filterOn: 'eventType', prefixes: [...types] };
  return null;
}
