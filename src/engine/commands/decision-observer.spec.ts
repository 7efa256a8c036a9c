import { beforeEach, describe, expect, it } from '@jest/globals';
import { MemoryEventStore } from '../../../test/support/memory-event-store.js';
import { StillClock } from '../../../test/support/still-clock.js';
import { Command, type DomainEvent } from '../../kernel/message.js';
import { Refusal } from '../../kernel/refusal.js';
import { type Decision, DecisionObserver, type RecordedDecision } from './decision-observer.js';
import type { StreamKind } from './stream-kind.js';
import { Streams } from './streams.js';

type Counted = DomainEvent<'Counted', { to: number }>;

class CountTo extends Command {
  readonly type = 'CountTo';
  constructor(readonly to: number) {
    super();
  }
}

class CountedPast extends Refusal {
  readonly kind = 'conflict';
  readonly code = 'RFA_JOB_CONFLICT';
}

const counter: StreamKind<{ readonly count: number }, CountTo, Counted> = {
  schemas: { category: 'counter', versions: { Counted: 1 }, upcast: {} },
  decider: {
    initialState: { count: 0 },
    decide({ to }, { count }) {
      if (to < count) throw new CountedPast(`${count} is past ${to}`);
      return to === count ? [] : [{ type: 'Counted', data: { to } }];
    },
    evolve: (_state, { data }) => ({ count: data.to }),
  },
  isOneTrace: true,
  weigh: () => 100,
};

class Witness extends DecisionObserver {
  readonly seen: string[] = [];
  began = 0;

  recorded({ events, traceparent }: RecordedDecision): void {
    this.seen.push(`recorded ${events.length} in ${traceparent ?? 'no trace'}`);
  }

  unchanged({ id }: Decision): void {
    this.seen.push(`unchanged ${id}`);
  }

  failed(_decision: Decision, error: Error): void {
    this.seen.push(error.constructor.name);
  }

  beginTrace(): string {
    this.began += 1;
    return 'begun';
  }
}

let store: MemoryEventStore;
let witness: Witness;
const node = (observer: DecisionObserver = witness): Streams =>
  new Streams(store, new StillClock(1000), { rememberedCharacters: 10_000, observer });
const countTo = (to: number, commandId: string, traceparent: string | null = null): CountTo =>
  new CountTo(to).because({ commandId, actor: 'key:k', correlationId: null, causationId: null, traceparent });

beforeEach(() => {
  store = new MemoryEventStore();
  witness = new Witness();
});

describe('whoever watches decisions', () => {
  it('is told of each appended event once, however often it was decided or is read', async () => {
    const [one, other] = [node(), node(new Witness())];
    await one.decideOn(counter, 'a', countTo(1, 'c1', 'mine'));
    await other.decideOn(counter, 'a', countTo(3, 'c2'));
    // Decided on an old memory first, and then again.
    await one.decideOn(counter, 'a', countTo(4, 'c3'));
    await one.load(counter, 'a');
    await one.decideOn(counter, 'a', countTo(4, 'c4'));
    expect(witness.seen).toEqual(['recorded 1 in mine', 'recorded 1 in mine', 'unchanged a']);
  });

  it('is told of a refusal, and of a log that does not answer', async () => {
    await node().decideOn(counter, 'a', countTo(2, 'c1', 't'));
    await expect(node().decideOn(counter, 'a', countTo(1, 'c2'))).rejects.toThrow(CountedPast);
    store.appendFault = () => 'lost_before';
    await expect(node().decideOn(counter, 'a', countTo(3, 'c3'))).rejects.toThrow();
    expect(witness.seen).toEqual(['recorded 1 in t', 'CountedPast', 'StorageUnavailable']);
  });
});

describe('a stream that is one trace', () => {
  it('stays in the trace that created it, whoever writes and whoever remembers', async () => {
    await node().decideOn(counter, 'a', countTo(1, 'c1', 'the-first'));
    await node().decideOn(counter, 'a', countTo(2, 'c2', 'another'));
    const events = await store.readStream('counter-a');
    expect(events.map(({ metadata }) => metadata.traceparent)).toEqual(['the-first', 'the-first']);
  });

  it('gets a trace of its own where nobody sent one', async () => {
    await node().decideOn(counter, 'a', countTo(1, 'c1'));
    await node().decideOn(counter, 'a', countTo(2, 'c2', 'late'));
    const events = await store.readStream('counter-a');
    expect(events.map(({ metadata }) => metadata.traceparent)).toEqual(['begun', 'begun']);
    expect(witness.began).toBe(1);
  });
});
