import { describe, expect, it } from '@jest/globals';
import { type Queries, shareReads } from './shared-reads.js';

interface Asked {
  readonly filter: { readonly clientId: string };
  readonly turns?: 'lists';
  readonly n: number;
}

/** Queries that are answered when the test says so. */
function held() {
  const begun: { readonly query: Asked; readonly answer: () => void }[] = [];
  const queries: Queries = {
    execute: (query) =>
      new Promise<null>((resolve) => {
        const answer = (): void => {
          resolve(null);
        };
        begun.push({ query: query as Asked, answer });
      }),
  };
  shareReads(queries);
  return { queries, begun };
}

const list = (clientId: string, n: number): Asked => ({ filter: { clientId }, turns: 'lists', n });
const turn = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

describe('shared reads', () => {
  it('make one list of a client at a time, while those of others are made at once', async () => {
    const { queries, begun } = held();
    const asked = [list('noise', 0), list('noise', 1), list('victim', 2), list('other', 3)];
    const answers = asked.map((query) => queries.execute(query));
    expect(begun.map(({ query }) => query.n)).toEqual([0, 2, 3]);
    begun[0]?.answer();
    await answers[0];
    await turn();
    expect(begun.map(({ query }) => query.n)).toEqual([0, 2, 3, 1]);
    for (const { answer } of begun) answer();
    await Promise.all(answers);
  });

  it('answer other reads of a client several at a time', () => {
    const { queries, begun } = held();
    for (let n = 0; n < 10; n += 1) void queries.execute({ filter: { clientId: 'noise' }, n });
    expect(begun).toHaveLength(7);
  });
});
