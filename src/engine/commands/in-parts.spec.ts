import { describe, expect, it } from '@jest/globals';
import { SharedLoop } from '../../platform/async/shared-loop.js';
import { inParts } from './in-parts.js';

const shared = (): SharedLoop => {
  const loop = new SharedLoop();
  loop.saw('a');
  loop.saw('b');
  return loop;
};
const items = Array.from({ length: 150 }, (_, n) => n);

describe('a batch', () => {
  it('is done at once for a client that is alone, and in parts while others are here', async () => {
    const parts: number[] = [];
    const work = (part: readonly number[]): Promise<readonly number[]> => {
      parts.push(part.length);
      return Promise.resolve(part);
    };
    expect(await inParts(items, new SharedLoop(), work)).toEqual(items);
    expect(await inParts(items, shared(), work)).toEqual(items);
    expect(parts).toEqual([150, 64, 64, 22]);
  });

  it('keeps the answers of what was done before a part that fails', async () => {
    const failure = new Error('the log is away');
    let parts = 0;
    const work = (part: readonly number[]): Promise<readonly number[]> =>
      (parts += 1) === 2 ? Promise.reject(failure) : Promise.resolve(part);
    const answers = await inParts(items, shared(), work);
    expect(answers.slice(0, 64)).toEqual(items.slice(0, 64));
    expect(answers.slice(64)).toEqual(Array.from({ length: 86 }, () => failure));
    expect(parts).toBe(2);
    await expect(inParts(items, shared(), () => Promise.reject(failure))).rejects.toBe(failure);
  });
});
