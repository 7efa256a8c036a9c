import { Command, type DomainEvent } from '../../src/kernel/message.js';
import { Refusal } from '../../src/kernel/refusal.js';
import { type StreamDefinition } from '../../src/kernel/stream-definition.js';

export type Counted = DomainEvent<'Counted', { to: number }>;

export class CountTo extends Command {
  readonly type = 'CountTo';
  constructor(readonly to: number) {
    super();
  }

  override get kept() {
    const { to } = this;
    return { to, isPatient: true };
  }
}

export class CountedPast extends Refusal {
  readonly kind = 'conflict';
  readonly code = 'RFA_JOB_CONFLICT';
}

/** Counts up one event at a time; nothing to do when it is there already; refuses to count down. */
export const counter: StreamDefinition<{ readonly count: number }, CountTo, Counted> = {
  category: 'counter',
  versions: { Counted: 1 },
  upcast: {},
  decider: {
    initialState: { count: 0 },
    decide({ to }, { count }) {
      if (to < count) throw new CountedPast(`${count} is past ${to}`);
      return Array.from({ length: to - count }, (_, n): Counted => ({ type: 'Counted', data: { to: count + n + 1 } }));
    },
    evolve: (_state, { data }) => ({ count: data.to }),
  },
  whenGone: { kind: 'conflict', code: 'RFA_JOB_CONFLICT' },
  weigh: () => 100,
};

export const countTo = (to: number, commandId = 'c1', traceparent: string | null = null): CountTo =>
  new CountTo(to).because({ commandId, actor: 'key:k', correlationId: null, causationId: null, traceparent });
