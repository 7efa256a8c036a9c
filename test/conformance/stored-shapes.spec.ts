import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { currentEventsOf } from '../../src/engine/commands/upcast.js';
import { installationCategory } from '../../src/engine/installation/installation.js';
import { RowWriter } from '../../src/engine/projector/row-writer.js';
import { foldReactions } from '../../src/engine/sagas/saga-reactions.js';
import { eventSchemas } from '../../src/app/event-schemas.js';
import { commandTypes, sagas, timerCommands } from '../../src/app/following.js';
import { projections } from '../../src/app/read-models.js';
import { keptDefinition } from '../../src/jobs/domain/job.commands.js';
import { asJsonText } from '../../src/kernel/json-text.js';
import { type Recorded } from '../../src/kernel/recorded.js';
import { plainMetadata } from '../support/event-row.js';
import {
  todaysClientEvents,
  todaysCommands,
  todaysDefinition,
  todaysDeliveryEvents,
  todaysInstallationEvents,
  todaysJobEvents,
  todaysNameEvents,
  todaysQueueEvents,
  todaysScheduleEvents,
  todaysWebhookEvents,
} from '../support/todays-shapes.js';
import { clientStream } from '../../src/clients/domain/client.stream.js';
import { jobStream } from '../../src/jobs/domain/job.stream.js';
import { queueStream } from '../../src/queues/domain/queue.stream.js';
import { scheduleNameStream, scheduleStream } from '../../src/schedules/schedule.stream.js';
import { deliveryStream, webhookStream } from '../../src/webhooks/domain/webhook.stream.js';

/** Files of what builds have stored. What stands in one is never changed: what comes new is added. */
const kept = (name: string): unknown => JSON.parse(readFileSync(`test/conformance/stored-shapes/${name}.json`, 'utf8'));

/** `current`: what it is read as today; absent where that is what was stored. */
interface KeptEvent {
  readonly type: string;
  readonly schema: number;
  readonly actor: string;
  readonly data: object;
  readonly current?: object;
}

interface KeptCommand {
  readonly type: string;
  readonly schema: number;
  readonly fields: string;
  readonly current?: object;
}

interface KeptDefinition {
  readonly schema: number;
  readonly text: string;
  readonly current?: object;
}

const todays: Readonly<Record<string, Readonly<Record<string, object>>>> = {
  [clientStream.category]: todaysClientEvents,
  [jobStream.category]: todaysJobEvents,
  [queueStream.category]: todaysQueueEvents,
  [scheduleStream.category]: todaysScheduleEvents,
  [scheduleNameStream.category]: todaysNameEvents,
  [webhookStream.category]: todaysWebhookEvents,
  [deliveryStream.category]: todaysDeliveryEvents,
  [installationCategory]: todaysInstallationEvents,
};

const current = currentEventsOf(eventSchemas);

const recordedIn = (category: string, { type, schema, actor, data }: KeptEvent): Recorded => ({
  ...{ id: '01a228dd-2abd-71c0-9220-0262495fa39f', stream: `${category}-x`, revision: 3, position: 17n },
  event: { type, data },
  metadata: { ...plainMetadata, at: 1_795_981_912_795, actor, schema },
});

const versionsUpTo = (newest: number): readonly number[] => Array.from({ length: newest }, (_, index) => index + 1);

describe.each(eventSchemas.map(({ category, versions }) => ({ category, versions })))(
  'the events of the category $category',
  ({ category, versions }) => {
    const events = kept(category) as readonly KeptEvent[];
    const today = todays[category] ?? {};

    it('are kept in every version that there was', () => {
      const known = Object.entries(versions).flatMap(([type, newest]) =>
        versionsUpTo(newest).map((version) => `${type} ${version}`),
      );
      expect([...new Set(events.map(({ type, schema }) => `${type} ${schema}`))].sort()).toEqual(known.sort());
    });

    // A member that came or went makes a new version, with a step to it from the one before, and is added to the file.
    it.each(Object.keys(versions))('are kept as they are written today: %s', (type) => {
      const ofToday = events.filter((each) => each.type === type && each.schema === versions[type]);
      expect(ofToday.map(({ data }) => data)).toContainEqual(JSON.parse(JSON.stringify(today[type])));
    });

    it.each(events)('are read as those of today: $type $schema by $actor', (event) => {
      const { data } = current(recordedIn(category, event)).event;
      expect(data).toEqual(event.current ?? event.data);
      expect(Object.keys(data).sort()).toEqual(Object.keys(today[event.type] ?? {}).sort());
    });

    it.each(events)('stop no follower: $type $schema by $actor', (event) => {
      const recorded = current(recordedIn(category, event));
      const isFor = ({ categories, types }: (typeof projections | typeof sagas)[number]): boolean =>
        categories.includes(category) && types.includes(event.type);
      for (const projection of projections.filter(isFor))
        new RowWriter(projection.tables).statements(projection.apply(recorded));
      for (const saga of sagas.filter(isFor)) foldReactions(saga, [recorded], commandTypes);
    });
  },
);

describe('the commands that timers keep', () => {
  const commands = kept('commands') as readonly KeptCommand[];

  it('are kept in every version that there was', () => {
    const known = timerCommands.flatMap((make) => {
      const { type, schema } = new make();
      return [
        ...versionsUpTo(schema).map((version) => `${type} ${version}`),
        ...(make.formerTypes ?? []).map((former) => `${former} 1`),
      ];
    });
    expect([...new Set(commands.map(({ type, schema }) => `${type} ${schema}`))].sort()).toEqual(known.sort());
  });

  it.each(todaysCommands)('are kept as they are written today: $type', (command) => {
    expect(commands).toContainEqual(commandTypes.write(command));
  });

  it.each(commands)('are read as those of today: $type $schema', ({ type, schema, fields, current: read }) => {
    const { type: typeToday, ...members } = commandTypes.read({ type, schema, fields });
    expect(members).toEqual(read ?? JSON.parse(fields));
    const today = todaysCommands.find((each) => each.type === typeToday);
    expect(Object.keys({ type: typeToday, ...members }).sort()).toEqual(Object.keys(today ?? {}).sort());
  });
});

describe('the definitions that schedules keep', () => {
  const definitions = kept('definitions') as readonly KeptDefinition[];

  it('are kept in every version that there was', () => {
    expect(definitions.map(({ schema }) => schema)).toEqual(versionsUpTo(keptDefinition.schema));
  });

  it('are kept as they are written today', () => {
    expect(definitions).toContainEqual(keptDefinition.write(todaysDefinition));
  });

  it.each(definitions)('are read as those of today: $schema', ({ schema, text, current: read }) => {
    const definition = keptDefinition.read({ schema, text: asJsonText(text) });
    expect(definition).toEqual(read ?? JSON.parse(text));
    expect(Object.keys(definition).sort()).toEqual(Object.keys(todaysDefinition).sort());
  });
});
