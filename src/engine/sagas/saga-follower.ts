import { type Saga } from '../../kernel/saga.js';
import { type Clock } from '../../platform/clock/clock.js';
import { type Follower } from '../followers/follower.js';
import { statement, type Statement } from '../followers/statement.js';
import { type TimerSignal, timersChannel } from '../timers/timer-signal.js';
import { armStatement, dropStatement } from '../timers/timer-rows.js';
import { type CommandTypes } from './command-types.js';
import { foldReactions } from './saga-reactions.js';

interface SagaFollowerOptions {
  readonly types: CommandTypes;
  readonly clock: Clock;
  readonly timerSignal: TimerSignal;
  readonly lingerMs?: number;
  readonly maxBatch?: number;
}

/** Runners elsewhere look this often by themselves; only what is due before that is announced. */
const noticeWithinMs = 1_000;

/**
 * Lets a saga follow the log: its answers are stored with the checkpoint, and sent by the process that runs the timers.
 */
export function sagaFollower(saga: Saga, options: SagaFollowerOptions): Follower {
  const { types, clock, timerSignal, lingerMs = saga.lingerMs ?? 0, maxBatch = 10_000 } = options;
  return {
    name: saga.name,
    // A saga has no tables of its own that a change of its code could make wrong.
    version: 1,
    categories: saga.categories,
    types: saga.types,
    lingerMs,
    maxBatch,
    apply(events) {
      const { armed, dropped } = foldReactions(saga, events, types);
      const earliest = armed.reduce((due, { dueAt }) => Math.min(due, dueAt), Number.POSITIVE_INFINITY);
      const statements: Statement[] = [];
      if (dropped.length > 0) statements.push(dropStatement(dropped));
      if (armed.length > 0) statements.push(armStatement(saga.name, armed));
      if (earliest <= clock.due() + noticeWithinMs) {
        statements.push(statement(`select pg_notify('${timersChannel}', $1)`, [String(earliest)]));
      }
      return {
        statements,
        committed: () => {
          if (armed.length > 0) timerSignal.set(earliest);
        },
      };
    },
  };
}
