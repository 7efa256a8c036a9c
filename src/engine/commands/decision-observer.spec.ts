import { beforeEach, describe, expect, it } from '@jest/globals';
import { CountedPast, counter, countTo } from '../../../test/support/counter.js';
import { MemoryEventStore } from '../../../test/support/memory-event-store.js';
import { StillClock } from '../../../test/support/still-clock.js';
import { type Decision, DecisionObserver, type RecordedDecision } from './decision-observer.js';
import { Streams } from './streams.js';

const traced = { ...counter, isOneTrace: true as const };

class Recorder extends DecisionObserver {
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
let recorder: Recorder;
const node = (observer: DecisionObserver = recorder): Streams =>
  new Streams(store, new StillClock(1000), { cachedCharacters: 10_000, observer });

beforeEach(() => {
  store = new MemoryEventStore();
  recorder = new Recorder();
});

describe('whoever watches decisions', () => {
  it('is told of each appended event once, however often it was decided or is read', async () => {
    const [one, other] = [node(), node(new Recorder())];
    await one.decideOn(traced, 'a', countTo(1, 'c1', 'mine'));
    await other.decideOn(traced, 'a', countTo(3, 'c2'));
    // Decided on an old memory first, and then again.
    await one.decideOn(traced, 'a', countTo(4, 'c3'));
    await one.load(traced, 'a');
    await one.decideOn(traced, 'a', countTo(4, 'c4'));
    expect(recorder.seen).toEqual(['recorded 1 in mine', 'recorded 1 in mine', 'unchanged a']);
  });

  it('is told of a refusal, and of a log that does not answer', async () => {
    await node().decideOn(traced, 'a', countTo(2, 'c1', 't'));
    await expect(node().decideOn(traced, 'a', countTo(1, 'c2'))).rejects.toThrow(CountedPast);
    store.appendFault = () => 'lost_before';
    await expect(node().decideOn(traced, 'a', countTo(3, 'c3'))).rejects.toThrow();
    expect(recorder.seen).toEqual(['recorded 2 in t', 'CountedPast', 'StorageUnavailable']);
  });
});

describe('a stream that is one trace', () => {
  it('stays in the trace that created it, whoever writes and whoever remembers', async () => {
    await node().decideOn(traced, 'a', countTo(1, 'c1', 'the-first'));
    await node().decideOn(traced, 'a', countTo(2, 'c2', 'another'));
    const events = await store.readStream('counter-a');
    expect(events.map(({ metadata }) => metadata.traceparent)).toEqual(['the-first', 'the-first']);
  });

  it('gets a trace of its own where nobody sent one', async () => {
    await node().decideOn(traced, 'a', countTo(1, 'c1'));
    await node().decideOn(traced, 'a', countTo(2, 'c2', 'late'));
    const events = await store.readStream('counter-a');
    expect(events.map(({ metadata }) => metadata.traceparent)).toEqual(['begun', 'begun']);
    expect(recorder.began).toBe(1);
  });
});
