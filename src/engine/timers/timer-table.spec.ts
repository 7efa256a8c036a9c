import { describe, expect, it } from '@jest/globals';
import { type Pool } from 'pg';
import { Command } from '../../kernel/message.js';
import { type TimerAnswer } from '../../kernel/timer-answer.js';
import { isFresh, RandomIds } from '../../platform/ids/ids.js';
import { CommandTypes } from '../sagas/command-types.js';
import { TimerTable } from './timer-table.js';

class Remind extends Command<TimerAnswer> {
  readonly type = 'Remind';
  constructor(readonly whom: string) {
    super();
  }
}

const ids = new RandomIds();
const rest = { actor: 'worker:w1', correlationId: null, causationId: null, traceparent: null };

/** What was stored, as it goes to the database. */
function table() {
  const stored: string[] = [];
  const pool = {
    query: ({ values }: { readonly values: readonly unknown[] }) => {
      stored.push(values.map((value) => (Buffer.isBuffer(value) ? value.toString('latin1') : String(value))).join(' '));
      return Promise.resolve({ rows: [] });
    },
  } as unknown as Pool;
  return { stored, timers: new TimerTable(pool, new CommandTypes([Remind])) };
}

describe('a timer that a handler sets', () => {
  it('has a command that several processes may decide: of an id that was drawn for none of them', async () => {
    const { stored, timers } = table();
    const [commandId, timerId, clientId] = [ids.next(), ids.next(), ids.next()];
    expect(isFresh(commandId)).toBe(true);
    const command = new Remind('ann').because({ ...rest, commandId });
    const timer = { timerId, setBy: 'progress', clientId, subject: 'l1', dueAt: 9, command };
    await timers.arm(timer);
    await timers.arm(timer);
    const [first = '', , again] = stored;
    expect(first).toBe(again);
    const [, id = ''] = /"commandId":"([^"]+)"/.exec(first) ?? [];
    expect(isFresh(id)).toBe(false);
    const bytesOf = (uuid: string): string => Buffer.from(uuid.replaceAll('-', ''), 'hex').toString('latin1');
    expect([first.includes(bytesOf(id)), first.includes(bytesOf(commandId))]).toEqual([true, false]);
  });
});
