import { describe, expect, it } from '@jest/globals';
import { LiveWorkers } from './live-workers.js';

describe('a live worker', () => {
  it('counts while it waits and for a while after it was heard of', () => {
    let now = 0;
    const workers = new LiveWorkers(100, () => now);
    const ends = [workers.waits('a'), workers.waits('a'), workers.waits('b')];
    workers.saw('c');
    expect(workers.count).toBe(3);
    now = 200;
    expect(workers.count).toBe(2);
    for (const end of ends) end();
    expect(workers.count).toBe(2);
    now = 301;
    expect(workers.count).toBe(0);
  });

  it('is forgotten when too many others came after it', () => {
    const workers = new LiveWorkers(100, () => 0);
    for (let n = 0; n < 10_050; n += 1) workers.saw(`worker-${n}`);
    expect(workers.count).toBe(10_000);
  });
});
