import { describe, expect, it, jest } from '@jest/globals';
import { firstValueFrom, Observable, Subject } from 'rxjs';
import { type LiveEvents, type Sight } from '../../engine/event-store/live-events.js';
import { KnownProgress } from '../../engine/projector/projection-progress.js';
import { type Position } from '../../kernel/recorded.js';
import { nextTurn } from '../../platform/async/next-turn.js';
import { SharedLoop } from '../../platform/async/shared-loop.js';
import { ClientFeeds } from './client-feeds.js';

const seenTo = (position: Position): Sight => ({ event: null, position });
const shownTo = (position: Position) => ({ name: 'client-events', position, tables: [] });

/** The feeds of clients whose log is seen as far as the test says. */
function feedsOver(progress: KnownProgress, loop = new SharedLoop()) {
  const log = new Subject<Sight>();
  const opened = { times: 0 };
  const ofClient = () =>
    new Observable<Sight>((subscriber) => {
      opened.times += 1;
      return log.subscribe(subscriber);
    });
  return { log, opened, feeds: new ClientFeeds({ ofClient } as unknown as LiveEvents, progress, loop) };
}

describe('the streams of one client', () => {
  it('are woken by one look at the log and one wait, however many they are', async () => {
    const progress = new KnownProgress();
    const waits = jest.spyOn(progress, 'waitFor');
    const { log, opened, feeds } = feedsOver(progress);
    const woken = Array.from({ length: 500 }, () => firstValueFrom(feeds.of('c1')));
    log.next(seenTo(7n));
    log.next(seenTo(8n));
    progress.publish(shownTo(8n));
    await Promise.all(woken);
    expect(opened.times).toBe(1);
    expect(waits.mock.calls.length).toBeLessThanOrEqual(2);
  });

  it('are woken when the read model has what came before they opened', async () => {
    const progress = new KnownProgress();
    progress.publish(shownTo(3n));
    const { log, feeds } = feedsOver(progress);
    let wakes = 0;
    const stream = feeds.of('c1').subscribe(() => (wakes += 1));
    log.next(seenTo(7n));
    expect(wakes).toBe(0);
    const woken = firstValueFrom(feeds.of('c1'));
    progress.publish(shownTo(7n));
    await woken;
    expect(wakes).toBe(1);
    stream.unsubscribe();
  });

  it('that are many are woken less often, for all that came in between', async () => {
    jest.useFakeTimers();
    const progress = new KnownProgress();
    const { log, feeds } = feedsOver(progress);
    let wakes = 0;
    const streams = Array.from({ length: 500 }, () => feeds.of('c1').subscribe(() => (wakes += 1)));
    for (let position = 1n; position < 10n; position += 1n) {
      log.next(seenTo(position));
      progress.publish(shownTo(position));
      await jest.advanceTimersByTimeAsync(1);
    }
    expect(wakes).toBe(500);
    await jest.advanceTimersByTimeAsync(100);
    expect(wakes).toBe(1_000);
    for (const stream of streams) stream.unsubscribe();
    jest.useRealTimers();
  });

  it('are woken a few in a turn of the event loop while other clients are here', async () => {
    const progress = new KnownProgress();
    const loop = new SharedLoop();
    const { log, feeds } = feedsOver(progress, loop);
    let wakes = 0;
    for (let opened = 0; opened < 500; opened += 1) feeds.of('c1').subscribe(() => (wakes += 1));
    loop.saw('c1');
    loop.saw('c2');
    progress.publish(shownTo(7n));
    log.next(seenTo(7n));
    const wokenBy: number[] = [];
    for (let before = -1; wakes !== before;) {
      before = wakes;
      await nextTurn();
      wokenBy.push(wakes - before);
    }
    expect(wakes).toBe(500);
    expect(Math.max(...wokenBy)).toBeLessThanOrEqual(32);
  });

  it('let go of the log with the last of them', () => {
    const { log, opened, feeds } = feedsOver(new KnownProgress());
    const [first, second] = [feeds.of('c1').subscribe(), feeds.of('c1').subscribe()];
    first.unsubscribe();
    expect(log.observed).toBe(true);
    second.unsubscribe();
    expect(log.observed).toBe(false);
    feeds.of('c1').subscribe().unsubscribe();
    expect(opened.times).toBe(2);
  });
});
