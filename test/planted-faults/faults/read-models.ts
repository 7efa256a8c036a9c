import { type PlantedFault } from '../planted-fault.js';
import { brief } from '../simulations.js';

/** Every read model equals its fold of the log up to its checkpoint. */
export const readModels: readonly PlantedFault[] = [
  {
    name: 'checkpoint-without-its-rows',
    breaks: 7,
    file: 'src/engine/followers/follower-term.ts',
    text: `[move(from, position, applied), ...statements]`,
    instead: `[move(from, position, applied), ...statements.slice(1)]`,
    noticedBy: { spec: 'test/acceptance/followers.spec.ts', test: 'apply history and then what comes' },
  },
  {
    name: 'checkpoint-moved-by-two-at-once',
    breaks: 7,
    file: 'migrations/engine/0001-followers.ts',
    text: `raise exception 'the checkpoint of % is not where this writer left it', follower using errcode = 'FR001';`,
    instead: `NULL;`,
    noticedBy: { spec: 'test/chaos/followers.spec.ts', test: 'run twice at once writes everything once' },
  },
  {
    name: 'gap-in-the-tail-of-the-log',
    breaks: 7,
    file: 'src/engine/event-store/postgres/log-tail.ts',
    text: `if (base !== this.live.through) {`,
    instead: `if (base < this.live.through) {`,
    noticedBy: {
      spec: 'src/engine/event-store/postgres/log-tail.spec.ts',
      test: 'waits for the table where the events of others lie in between',
    },
  },
  {
    name: 'changes-of-a-batch-folded-wrongly',
    breaks: 7,
    file: 'src/engine/projector/table-changes.ts',
    text: `else if (after !== null && column in after) after[column] = plus(after[column], delta);`,
    instead: ``,
    noticedBy: {
      spec: 'test/acceptance/followers-row-writer.spec.ts',
      test: 'leaves the same rows for a folded batch as for its changes one by one',
    },
  },
  {
    name: 'reader-let-go-before-its-position',
    breaks: 7,
    file: 'src/engine/projector/projection-progress.ts',
    text: `if (waiter.position <= position) waiter.arrived();`,
    instead: `waiter.arrived();`,
    noticedBy: {
      spec: 'src/engine/projector/projection-progress.spec.ts',
      test: 'lets a waiter go when its position is reached, and not before',
    },
    foundBy: { invariant: 'stale', args: brief },
  },
  {
    name: 'checkpoint-at-the-greatest-number',
    breaks: 7,
    file: 'src/engine/event-store/eventstoredb/position.codec.ts',
    text: `commit < half && prepare < half`,
    instead: `commit <= half && prepare <= half`,
    noticedBy: {
      spec: 'src/engine/event-store/eventstoredb/position.codec.spec.ts',
      test: 'is not known when the server says the greatest number',
    },
  },
  {
    name: 'earlier-term-takes-the-checkpoint',
    breaks: 7,
    file: 'src/engine/followers/checkpoints.ts',
    text: `if (checkpoint.epoch !== term) throw new Superseded(name);`,
    instead: ``,
    noticedBy: {
      spec: 'test/acceptance/followers-leadership.spec.ts',
      test: 'numbers its terms so that a later one fences an earlier one off at the checkpoint, in whatever order they come',
    },
  },
  {
    name: 'depth-of-the-first-thousand-queues',
    breaks: 7,
    file: 'src/dispatch/queue-gauges.ts',
    text: `from forgerun_read.queue_counts group by client_id, queue`,
    instead: `from (select * from forgerun_read.queue_counts limit 1000) counts group by client_id, queue`,
    noticedBy: {
      spec: 'test/platform/queue-gauges.spec.ts',
      test: 'are whole however many queues there are, and name the deepest of every client',
    },
  },
  {
    name: 'page-that-begins-behind-its-first',
    breaks: 7,
    file: 'src/jobs/queries/job-table.ts',
    text: `(page.at(-1)?.created_position ?? null)`,
    instead: `(found.at(page.length)?.created_position ?? null)`,
    noticedBy: { spec: 'test/acceptance/jobs-read.spec.ts', test: 'the list of jobs' },
    foundBy: { invariant: 'misread', args: brief },
  },
  {
    name: 'event-left-out-of-those-of-its-client',
    breaks: 7,
    file: 'projections/client-events/client-events.projection.ts',
    text: `const line = \``,
    instead: `if (event.type === 'JobQueued') return [];
    const line = \``,
    noticedBy: {
      spec: 'test/acceptance/events.spec.ts',
      test: 'are listed in the order of the log, whatever job they are of',
    },
    foundBy: { invariant: 'hidden', args: brief },
  },
  {
    name: 'event-dropped-by-a-read-model',
    breaks: 7,
    file: 'projections/jobs/jobs.projection.ts',
    text: `      default:
        return [jobs.update(`,
    instead: `      case 'JobSucceeded':
        return [];
      default:
        return [jobs.update(`,
    noticedBy: {
      spec: 'test/acceptance/jobs-read.spec.ts',
      test: 'has an outcome only when nothing more will happen by itself',
    },
    foundBy: { invariant: 'misread', args: brief },
  },
  {
    name: 'list-with-the-oldest-first',
    breaks: 7,
    file: 'src/jobs/queries/job-table.ts',
    text: `order: { createdPosition: 'DESC' }`,
    instead: `order: { createdPosition: 'ASC' }`,
    noticedBy: {
      spec: 'test/acceptance/jobs-read.spec.ts',
      test: 'shows fifty, newest first, unless asked for another number',
    },
    foundBy: { invariant: 'misread', args: brief },
  },
  {
    name: 'list-of-one-state-with-all',
    breaks: 7,
    file: 'src/jobs/queries/job-table.ts',
    text: `if (states !== null)`,
    instead: `if (states !== null && states.length > 7)`,
    noticedBy: { spec: 'test/acceptance/jobs-read.spec.ts', test: 'is filtered by state, kind, queue, tag and time' },
    foundBy: { invariant: 'misread', args: brief },
  },
  {
    name: 'job-shown-with-another-attempt',
    breaks: 7,
    file: 'src/jobs/queries/get-job.query.ts',
    text: `return publishedJob.write(row);`,
    instead: `return publishedJob.write({ ...row, attempt: row.attempt + 5 });`,
    noticedBy: { spec: 'test/acceptance/jobs-read.spec.ts', test: 'reads from its row as it folds from its events' },
    foundBy: { invariant: 'misread', args: brief },
  },
  {
    name: 'past-of-a-job-that-is-its-present',
    breaks: 7,
    file: 'src/jobs/queries/get-job.query.ts',
    text: `viewOf(eventsAsOf(events, asOf))`,
    instead: `viewOf(events)`,
    noticedBy: { spec: 'test/acceptance/jobs-read.spec.ts', test: 'is shown as it was after a revision' },
    foundBy: { invariant: 'misread', args: brief },
  },
  {
    name: 'events-of-a-job-without-the-first-of-a-page',
    breaks: 7,
    file: 'src/jobs/queries/job-history.query.ts',
    text: `items: page.map(eventAnswer)`,
    instead: `items: page.slice(1).map(eventAnswer)`,
    noticedBy: { spec: 'test/acceptance/jobs-read.spec.ts', test: 'has its history in pages' },
    foundBy: { invariant: 'misread', args: brief },
  },
  {
    name: 'failures-summed-up-as-successes',
    breaks: 7,
    file: 'src/reports/queries/summary.response.ts',
    text: `outcomes: { SUCCESS: succeeded, FAILED: failed,`,
    instead: `outcomes: { SUCCESS: succeeded + failed, FAILED: 0,`,
    noticedBy: { spec: 'test/acceptance/reports.spec.ts', test: 'says what has become of the jobs of the last day' },
    foundBy: { invariant: 'misread', args: brief },
  },
  {
    name: 'queue-of-twice-its-depth',
    breaks: 7,
    file: 'src/dispatch/queue-table.ts',
    text: `coalesce(c.depth, 0) as depth`,
    instead: `coalesce(c.depth, 0) * 2 as depth`,
    noticedBy: { spec: 'test/acceptance/queues.spec.ts', test: 'are listed by name with what waits and what runs' },
    foundBy: { invariant: 'misread', args: brief },
  },
];
