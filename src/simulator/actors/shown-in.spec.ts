import { describe, expect, it } from '@jest/globals';
import { shownIn } from './shown-in.js';

const shown = (answer: unknown): readonly string[] =>
  shownIn(JSON.stringify(answer)).map(({ sort, id }) => `${sort} ${id}`);

describe('what an answer shows', () => {
  it('is each thing that it names, once, wherever it stands', () => {
    const items = [
      { job_id: 'j1', schedule_id: 's1' },
      { job_id: 'j1', event: { client_id: 'c1' } },
      { webhook_id: 'w1' },
    ];
    expect(shown({ items })).toEqual(['job j1', 'schedule s1', 'client c1', 'webhook w1']);
  });

  it('is a queue in which something is, and none that has nothing in it', () => {
    const queues = [
      { queue: 'waits', depth: 2, running: 0 },
      { queue: 'runs', depth: 0, running: 1 },
      { queue: 'empty', depth: 0, running: 0 },
    ];
    expect(shown({ items: queues })).toEqual(['queue waits', 'queue runs']);
    expect(shown(queues[0])).toEqual(['queue waits']);
  });

  it('is what a summary counts by', () => {
    const items = [
      { group: 'own-1', jobs: 3 },
      { group: null, jobs: 1 },
      { group: 'none', jobs: 0 },
    ];
    expect(shown({ group_by: 'queue', items })).toEqual(['queue own-1']);
    expect(shown({ group_by: 'schedule', items })).toEqual(['schedule own-1']);
    expect(shown({ group_by: 'work_kind', items })).toEqual([]);
  });

  it('is nothing where there is no answer', () => {
    expect(['', 'null', '7', '<html>'].map((text) => shownIn(text))).toEqual([[], [], [], []]);
  });
});
