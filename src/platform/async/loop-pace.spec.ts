import { describe, expect, it } from '@jest/globals';
import { LoopPace } from './loop-pace.js';

describe('the pace that the event loop bears', () => {
  it('falls while what is ready waits, never below the least, and rises again to the most', () => {
    let more = 0;
    const pace = new LoopPace(8, 256, () => {
      more += 1;
    });
    for (let look = 0; look < 100; look += 1) pace.look(0);
    expect(pace.most).toBe(256);
    const told = more;
    pace.look(20);
    expect(pace.most).toBeLessThan(200);
    for (let look = 0; look < 100; look += 1) pace.look(20);
    expect(pace.most).toBe(8);
    expect(more).toBe(told);
    pace.look(5);
    expect(pace.most).toBe(8);
    pace.look(1);
    expect(pace.most).toBe(16);
    expect(more).toBe(told + 1);
  });
});
