import { describe, expect, it } from '@jest/globals';
import { performance } from 'node:perf_hooks';
import { SharedLoop } from './shared-loop.js';

const clock = { at: 0, share: 0, now: () => clock.at, busySince: () => ({ share: clock.share, mark }) };
const mark = performance.eventLoopUtilization();

describe('the event loop', () => {
  it('is shared while another client was here within the last second', () => {
    const loop = new SharedLoop(clock);
    const piece = (): number => loop.pieceOf({ alone: 100, beside: 10 });
    clock.at = 0;
    expect(piece()).toBe(100);
    loop.saw('a');
    loop.saw('a');
    expect(piece()).toBe(100);
    loop.saw('b');
    expect(piece()).toBe(10);
    clock.at = 900;
    loop.saw('a');
    loop.saw('a');
    expect(piece()).toBe(10);
    clock.at = 1_000;
    expect(piece()).toBe(100);
    loop.saw('c');
    expect(piece()).toBe(10);
    clock.at = 2_000;
    expect(piece()).toBe(100);
  });

  it('is crowded where it is shared and busy for more than a third of the time', () => {
    const loop = new SharedLoop(clock);
    clock.at = 0;
    clock.share = 0.9;
    loop.saw('a');
    expect(loop.isCrowded).toBe(false);
    loop.saw('b');
    expect(loop.isCrowded).toBe(true);
    clock.share = 0.3;
    expect(loop.isCrowded).toBe(true);
    clock.at = 20;
    expect(loop.isCrowded).toBe(false);
  });

  it('lets what one client has begun rest while it is crowded, and not otherwise', async () => {
    const loop = new SharedLoop(clock);
    clock.at = 0;
    clock.share = 0.9;
    const events: string[] = [];
    const immediate = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
    loop.saw('a');
    await loop.rest().then(() => events.push('alone'));
    loop.saw('b');
    const rested = loop.rest().then(() => events.push('rested'));
    await immediate();
    expect(events).toEqual(['alone']);
    await rested;
    expect(events).toEqual(['alone', 'rested']);
  });
});
