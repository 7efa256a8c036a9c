import { describe, expect, it } from '@jest/globals';
import { logOn } from './log.js';
import { throttledWarning } from './throttled-warning.js';

describe('the trouble of an event store', () => {
  it('is told once a second, with its cause and how often it came', () => {
    const lines: string[] = [];
    const log = logOn({ write: (line: string) => lines.push(line) }, 'warn');
    let at = 0;
    const report = throttledWarning(log, () => at);
    const error = new Error('an append is sent again', { cause: new Error('14 UNAVAILABLE') });
    for (; at < 2500; at += 100) report(error);
    const said = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(said.map(({ count }) => count)).toEqual([1, 10, 10]);
    expect(said[0]).toMatchObject({
      action: 'event_store_trouble',
      error_message: 'an append is sent again: 14 UNAVAILABLE',
    });
  });
});
