import { type Command } from '../../kernel/message.js';
import { type TimerAnswer } from '../../kernel/timer-answer.js';
import { type Steps } from '../followers/follower.js';
import { type CommandTypes } from '../sagas/command-types.js';
import { type DueTimer } from './timer-rows.js';
import { asError } from '../../platform/async/as-error.js';
import { type SharedLoop } from '../../platform/async/shared-loop.js';
import { within } from '../../platform/async/within.js';

/** What became of sending a timer's command. */
export interface Fired {
  readonly timer: DueTimer;
  readonly answer: TimerAnswer | Error;
}

/** Takes a timer's command to its handler. It may be sent any number of times; a `Refusal` is an answer too. */
export type Send = (command: Command<TimerAnswer>) => Promise<TimerAnswer>;

interface Firing {
  readonly send: Send;
  readonly types: CommandTypes;
  readonly steps: Steps;
  /** Commands under way at once, where one client is here, and where others are, too. */
  readonly concurrency: { readonly alone: number; readonly beside: number };
  readonly loop: SharedLoop;
  readonly sendTimeoutMs: number;
  /** It has been answered. */
  readonly onFired: (timer: DueTimer) => void;
}

/**
 * Sends many commands, some at a time. After half the time that one command may take, no further one is begun: the rows
 * are held by a transaction, which must end before it is ended for being idle. What was not begun is not in the answer.
 */
export async function fireAll(timers: readonly DueTimer[], firing: Firing): Promise<readonly Fired[]> {
  const fired: Fired[] = [];
  const queue = timers.values();
  const lastStart = performance.now() + firing.sendTimeoutMs / 2;
  const { concurrency, loop } = firing;
  const sendSome = async (line: number): Promise<void> => {
    for (const timer of queue) {
      if (performance.now() > lastStart) return;
      const answer = await fire(timer, firing);
      firing.steps('timers.fired');
      fired.push({ timer, answer });
      firing.onFired(timer);
      await loop.rest();
      // The others go on alone. What they do not come to is due still.
      if (line >= loop.pieceOf(concurrency)) return;
    }
  };
  const settled = await Promise.allSettled(
    Array.from({ length: loop.pieceOf(concurrency) }, (_, line) => sendSome(line)),
  );
  const failure = settled.find((one) => one.status === 'rejected');
  if (failure !== undefined) throw failure.reason;
  return fired;
}

async function fire(timer: DueTimer, { send, types, sendTimeoutMs }: Firing): Promise<TimerAnswer | Error> {
  const tooLate = (): Error => new Error(`${timer.command.type} was not answered within ${sendTimeoutMs} ms`);
  try {
    return await within(sendTimeoutMs, send(types.read(timer.command).because(timer.cause)), tooLate);
  } catch (error) {
    return asError(error);
  }
}
