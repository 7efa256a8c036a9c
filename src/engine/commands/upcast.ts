import { type EventSchemas } from '../../kernel/event-schemas.js';
import { type Recorded } from '../../kernel/recorded.js';
import { refuseUnreadable } from '../event-store/foreign-events.js';

/** The event as its newest version would have been written. Throws when a step is missing or the version is unknown. */
export function currentEvent(schemas: EventSchemas, recorded: Recorded): Recorded {
  refuseUnreadable(recorded);
  const { type, data } = recorded.event;
  const current = schemas.versions[type];
  if (current === undefined) throw new Error(`${schemas.category} streams know no event type ${type}`);
  const { schema } = recorded.metadata;
  if (schema === current) return recorded;
  if (schema > current)
    throw new Error(`${type} version ${schema} was written by a newer ForgeRun; this one knows ${current}`);
  let upcast = data;
  for (let version = schema; version < current; version += 1) {
    const step = schemas.upcast[type]?.[version];
    if (step === undefined) throw new Error(`${type} has no way from version ${version} to ${version + 1}`);
    upcast = step(upcast, recorded.metadata);
  }
  return { ...recorded, event: { type, data: upcast } };
}

/** Reads events of several categories as `currentEvent` does. Throws for a category that is not among them. */
export function currentEventsOf(all: readonly EventSchemas[]): (recorded: Recorded) => Recorded {
  const byCategory = new Map(all.map((schemas) => [schemas.category, schemas]));
  return (recorded) => {
    const { stream } = recorded;
    const schemas = byCategory.get(stream.slice(0, stream.indexOf('-')));
    if (schemas === undefined) throw new Error(`no schemas are known for the events of ${stream}`);
    return currentEvent(schemas, recorded);
  };
}
