import { expect } from '@jest/globals';
import { type Decider, fold } from '../../src/kernel/decider.js';
import { type Instant } from '../../src/kernel/instant.js';
import { type DomainEvent, type Intent } from '../../src/kernel/message.js';
import { type Refusal } from '../../src/kernel/refusal.js';

/** Reads as it is spoken: given(history).when(command, at).then(events). */
export function specFor<State, Order extends Intent, Event extends DomainEvent>(decider: Decider<State, Order, Event>) {
  return (...history: readonly Event[]) => ({
    /** Decides the command on that history, at an instant. */
    when(command: Order, at: Instant = 0) {
      const decide = () => decider.decide(command, fold(decider, history), at);
      return {
        then(...events: readonly Event[]) {
          expect(decide()).toStrictEqual(events);
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
