import { type DomainEvent } from './message.js';
import { type EventMetadata } from './recorded.js';

/** Turns an event's data from one version into the next. Pure and total: it never throws and never asks. */
type Upcaster = (data: object, metadata: EventMetadata) => object;

/** What a stream category writes today, and how what it wrote before is read. */
export interface EventSchemas<Event extends DomainEvent = DomainEvent> {
  /** The part of a stream's name before the first dash. */
  readonly category: string;
  /** The version each event type is written in now, from 1. */
  readonly versions: Readonly<Record<Event['type'], number>>;
  /** By event type and the version it is read from; one step for every version below the current one. */
  readonly upcast: Readonly<Partial<Record<Event['type'], Readonly<Record<number, Upcaster>>>>>;
}
