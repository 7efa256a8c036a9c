import { beforeEach, describe, expect, it } from '@jest/globals';
import { MemoryEventStore } from '../../../test/support/memory-event-store.js';
import { StillClock } from '../../../test/support/still-clock.js';
import { Streams } from '../../engine/commands/streams.js';
import { asJsonText } from '../../kernel/json-text.js';
import { type Cause } from '../../kernel/message.js';
import { DeclareSchedule, DeleteSchedule } from '../domain/schedule.commands.js';
import { type ScheduleRule } from '../domain/schedule.events.js';
import { type Declared } from '../domain/schedule.outcomes.js';
import { ScheduleTooSlow } from '../domain/schedule.refusals.js';
import { DeclareScheduleHandler } from './declare-schedule.handler.js';
import { ScheduleNames } from './schedule-names.js';
import { scheduleNameId, scheduleNameStream, scheduleStream } from '../schedule.stream.js';

const cause = (commandId: string): Cause => ({
  ...{ commandId, actor: 'process:test', correlationId: 'c1' },
  ...{ causationId: 'e1', traceparent: null },
});
const ruleOf = (priority: number): ScheduleRule => ({
  ...{ name: 'n', cron: '0 0 1 1 *', timezone: 'UTC', missed: 'skip', overlap: 'allow' },
  ...{ startAt: null, endAt: null },
  job: {
    asked: asJsonText('{}'),
    definition: asJsonText(JSON.stringify({ priority })),
    definitionSchema: 1,
    payload: null,
  },
});

let store: MemoryEventStore;
/** A node of its own, with a memory of its own, at an instant. */
function nodeAt(now: number) {
  const clock = new StillClock(now);
  const streams = new Streams(store, clock, { cachedCharacters: 100_000 });
  const names = new ScheduleNames(streams, clock);
  const handler = new DeclareScheduleHandler(streams, names);
  const declare = (id: string, priority = 1): Promise<Declared> =>
    handler.execute(new DeclareSchedule(id, 'client', ruleOf(priority), null, now).because(cause(`declare ${id}`)));
  return { streams, names, declare };
}

beforeEach(() => {
  store = new MemoryEventStore();
});

describe('a declaration', () => {
  it('makes one schedule, however many nodes declare it at once', async () => {
    const ids = Array.from({ length: 20 }, (_, index) => `s${index}`);
    const declared = await Promise.all(ids.map((id) => nodeAt(1_000).declare(id)));
    expect(new Set(declared.map(({ schedule }) => schedule.scheduleId)).size).toBe(1);
    expect(declared.filter(({ isNew }) => isNew)).toHaveLength(1);
    expect(declared.map(({ schedule }) => schedule.version)).toEqual(ids.map(() => 1));
  });

  it('is never refused because others declare something else', async () => {
    const ids = Array.from({ length: 20 }, (_, index) => `s${index}`);
    const declared = await Promise.all(ids.map((id, index) => nodeAt(1_000).declare(id, index)));
    const { streams } = nodeAt(1_000);
    const { state } = await streams.load(scheduleStream, declared[0]?.schedule.scheduleId ?? '');
    expect(state).toMatchObject({ state: 'LIVE', version: 20 });
    expect(declared.map(({ schedule }) => schedule.version).sort((a, b) => a - b)).toEqual(ids.map((_, n) => n + 1));
  });

  it('makes the schedule that a name was taken for by a node that died', async () => {
    await nodeAt(1_000).names.take('client', 'n', 'dead', cause('1'));
    const { schedule, isNew } = await nodeAt(2_000).declare('s');
    expect({ id: schedule.scheduleId, isNew }).toEqual({ id: 'dead', isNew: true });
  });

  it('frees a name that nothing can be written under any more, and no other', async () => {
    await nodeAt(1_000).names.take('client', 'n', 'dead', cause('1'));
    await expect(nodeAt(45_000).declare('s')).rejects.toThrow(ScheduleTooSlow);
    const { schedule } = await nodeAt(62_000).declare('s');
    expect(schedule.scheduleId).toBe('s');
  }, 30_000);

  it('makes another schedule where the one of its name is deleted and its name not free yet', async () => {
    const node = nodeAt(1_000);
    await node.declare('first');
    await node.streams.decideOn(scheduleStream, 'first', new DeleteSchedule('first').because(cause('delete')));
    const { schedule, isNew } = await nodeAt(1_000).declare('second');
    expect({ id: schedule.scheduleId, isNew }).toEqual({ id: 'second', isNew: true });
    const held = await node.streams.load(scheduleNameStream, scheduleNameId('client', 'n'));
    expect(held.state).toMatchObject({ holder: 'second' });
  });
});
