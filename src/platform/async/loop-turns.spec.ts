import { describe, expect, it } from '@jest/globals';
import { LoopTurns } from './loop-turns.js';

const turn = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

describe('turns of the event loop', () => {
  it('let a few of each line go on at a time, in their order', async () => {
    const turns = new LoopTurns(2);
    const gone: string[] = [];
    for (const who of ['a1', 'a2', 'a3', 'a4', 'a5', 'b1', 'b2', 'b3'])
      void turns.next(who.charAt(0)).then(() => gone.push(who));
    expect(gone).toEqual([]);
    await turn();
    expect(gone).toEqual(['a1', 'a2', 'b1', 'b2']);
    await turn();
    expect(gone.slice(4)).toEqual(['a3', 'a4', 'b3']);
    await turn();
    expect(gone.slice(7)).toEqual(['a5']);
  });

  it('make only those wait that are too many in one turn, and none overtake them', async () => {
    const turns = new LoopTurns(2);
    const gone: string[] = [];
    const enter = (who: string): void => {
      const waits = turns.enter(who.charAt(0));
      if (waits === null) gone.push(who);
      else void waits.then(() => gone.push(who));
    };
    for (const who of ['a1', 'a2', 'a3', 'a4', 'a5', 'b1']) enter(who);
    expect(gone).toEqual(['a1', 'a2', 'b1']);
    await turn();
    enter('a6');
    await Promise.resolve();
    expect(gone.slice(3)).toEqual(['a3', 'a4']);
    await turn();
    expect(gone.slice(5)).toEqual(['a5', 'a6']);
    await turn();
    enter('a7');
    expect(gone.at(-1)).toBe('a7');
  });

  it('come a moment later while the loop is crowded', async () => {
    const turns = new LoopTurns(1, { isCrowded: true });
    const gone: string[] = [];
    expect(turns.enter('a')).toBeNull();
    const second = turns.next('a').then(() => gone.push('a2'));
    await turn();
    expect(gone).toEqual([]);
    await second;
    expect(gone).toEqual(['a2']);
  });
});
