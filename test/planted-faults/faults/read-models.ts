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
];
