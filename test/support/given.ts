import { isDeepStrictEqual } from 'node:util';
import { expect } from '@jest/globals';
import { type Decider, fold } from '../../src/kernel/decider.js';
import { type Instant } from '../../src/kernel/instant.js';
import { Command, type DomainEvent, type Intent } from '../../src/kernel/message.js';
import { type Refusal } from '../../src/kernel/refusal.js';
import { asError } from '../../src/platform/async/as-error.js';

/**
 * Members of a command that neither its stream nor what the log keeps beside it would tell: the decision could not be
 * made again. Texts, and what was left out, may bear another name there.
 */
export function lostMembers(
  { type: _, kept, ...command }: Command & { readonly kept: unknown },
  events: readonly DomainEvent[],
) {
  const told = [...leavesOf(events), ...leavesOf({ kept })];
  return leavesOf(command).filter(
    ([name, value]) =>
      !told.some(([other, same]) => same === value && (other === name || value === null || typeof value === 'string')),
  );
}

function attempted<Answer>(work: () => Answer): Answer | Error {
  try {
    return work();
  } catch (error) {
    return asError(error);
  }
}

const leavesOf = (value: object): readonly (readonly [name: string, value: unknown])[] =>
  Object.entries(value).flatMap(([name, each]: [string, unknown]) =>
    typeof each === 'object' && each !== null ? leavesOf(each) : [[name, each] as const],
  );

/** Reads as it is spoken: given(history).when(command, at).then(events). */
export function specFor<State, Order extends Intent, Event extends DomainEvent>(decider: Decider<State, Order, Event>) {
  return (...history: readonly Event[]) => ({
    /** Decides the command on that history, at an instant. */
    when(command: Order, at: Instant = 0) {
      const decideWithout = (name: string) => {
        const poorer = Object.assign(Object.create(Object.getPrototypeOf(command) as object) as Order, command);
        Reflect.deleteProperty(poorer, name);
        return decider.decide(poorer, fold(decider, history), at);
      };
      const decide = () => decider.decide(command, fold(decider, history), at);
      return {
        then(...events: readonly Event[]) {
          expect(decide()).toStrictEqual(events);
          if (!(command instanceof Command) || events.length === 0) return;
          const lost = lostMembers(command, [...history, ...events]);
          // What nothing depends on may be lost.
          const isIdle = (name: string) =>
            Object.hasOwn(command, name) &&
            isDeepStrictEqual(
              attempted(() => decideWithout(name)),
              events,
            );
          expect(lost.filter(([name]) => !isIdle(name))).toEqual([]);
        },
        thenNothing() {
          expect(decide()).toStrictEqual([]);
        },
        thenRefused(refusal: abstract new (...args: never[]) => Refusal, saying?: string | RegExp) {
          expect(decide).toThrow(refusal);
          if (saying !== undefined) expect(decide).toThrow(saying);
        },
      };
    },
  });
}
