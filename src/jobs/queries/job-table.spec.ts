import { describe, expect, it } from '@jest/globals';
import { type FindOperator } from 'typeorm';
import { SharedLoop } from '../../platform/async/shared-loop.js';
import { type ReadSource } from '../../platform/postgres/read-source.js';
import { JobTable } from './job-table.js';

const filter = {
  clientId: 'c1',
  states: null,
  workKind: null,
  queue: null,
  tag: null,
  scheduleId: null,
  createdAfter: null,
  createdBefore: null,
};

/** A table of so many jobs that says how many of them were read at once. */
function tableOf(count: number, loop: SharedLoop) {
  const ids = Array.from({ length: count }, (_, n) => `job-${n}`);
  const reads: number[] = [];
  const query: object = new Proxy(
    {},
    {
      get: (_, name) =>
        name === 'getRawMany'
          ? () => Promise.resolve(ids.map((job_id, n) => ({ job_id, created_position: String(count - n), size: '1' })))
          : () => query,
    },
  );
  const repository = {
    createQueryBuilder: () => query,
    find: ({ where }: { readonly where: { readonly jobId: FindOperator<string> } }) => {
      const asked = where.jobId.value as unknown as readonly string[];
      reads.push(asked.length);
      return Promise.resolve(asked.map((jobId) => ({ jobId })));
    },
  };
  const source = { getRepository: () => repository } as unknown as ReadSource;
  return { ids, reads, table: new JobTable(source, loop) };
}

describe('a page of jobs', () => {
  it('is read at once for a client that is alone', async () => {
    const loop = new SharedLoop();
    loop.saw('c1');
    const { ids, reads, table } = tableOf(200, loop);
    const { rows } = await table.page(filter, null, 200);
    expect(reads).toEqual([200]);
    expect(rows.map(({ jobId }) => jobId)).toEqual(ids);
  });

  it('is read in pieces while other clients are here, and is the same', async () => {
    const loop = new SharedLoop();
    for (const client of ['c1', 'c2']) loop.saw(client);
    const { ids, reads, table } = tableOf(200, loop);
    const { rows } = await table.page(filter, null, 200);
    expect(Math.max(...reads)).toBeLessThanOrEqual(40);
    expect(rows.map(({ jobId }) => jobId)).toEqual(ids);
  });
});
