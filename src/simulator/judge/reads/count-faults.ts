import { isDeepStrictEqual } from 'node:util';
import { attemptsIn } from '../attempts-in.js';
import { jobAfter } from '../fold.js';
import { type Fault, type History, type HistoryEvent, type Members } from '../history.js';
import { createdIn, jobsIn, textIn } from '../jobs-in.js';

/** What is wrong with the counts of a client's jobs: where no job moved while they were read, and of queues that were held. */
export function* faultsOfCounts(history: History): Iterable<Fault> {
  yield* faultsOfHeld(history);
  const { events, listed, summary, queues } = history;
  const jobs = [...jobsIn(events).values()];
  if (listed === null || summary === null || !isAtRest(history)) return;
  const told = { ...summary };
  const are: Members = countsOf(jobs);
  for (const [name, value] of Object.entries(are)) {
    const said = told[name as keyof typeof told];
    if (!isDeepStrictEqual(said, value))
      yield fault(`the summary says ${name} ${JSON.stringify(said)}, not ${JSON.stringify(value)}`);
  }
  const shown = new Map(queues.map((queue) => [queue.queue, queue]));
  for (const [queue, inQueue] of byQueue(jobs)) {
    const states = inQueue.map((each) => jobAfter(each).state);
    const is = { depth: countIn(states, 'QUEUED'), running: countIn(states, 'RUNNING') };
    const { depth, running } = shown.get(queue) ?? { depth: null, running: null };
    if (depth !== is.depth || running !== is.running)
      yield fault(
        `queue ${queue} is shown with ${String(depth)} waiting and ${String(running)} running, not ${is.depth} and ${is.running}`,
      );
  }
}

/** Whether the list, which was read after all counts, shows each job as it was when the log was read before them. */
function isAtRest({ events, listed }: History): boolean {
  const jobs = jobsIn(events);
  if (listed?.length !== jobs.size) return false;
  return listed.every(({ jobId, revision }) => jobAfter(jobs.get(jobId) ?? []).revision === revision);
}

/** What waits in a queue that gives out nothing is what was put into it. */
function* faultsOfHeld({ held }: History): Iterable<Fault> {
  for (const { queue, jobIds, depth } of held)
    if (depth !== null && depth !== jobIds.length)
      yield fault(`queue ${queue} was shown with ${depth} waiting while it was paused, and held ${jobIds.length}`);
}

const states = ['CREATED', 'QUEUED', 'ASSIGNED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELED'];
const outcomes = ['SUCCESS', 'FAILED', 'CANCELED'];

function countsOf(jobs: readonly (readonly HistoryEvent[])[]): Members {
  const are = jobs.map(jobAfter);
  const ofOutcome = counted(
    outcomes,
    are.map(({ outcome }) => outcome),
  );
  const { SUCCESS: succeeded = 0, FAILED: failed = 0 } = ofOutcome;
  const ended = jobs.flatMap(attemptsIn).filter(({ outcome }) => outcome !== null);
  return {
    jobs: jobs.length,
    states: counted(
      states,
      are.map(({ state }) => state),
    ),
    outcomes: ofOutcome,
    successRate: succeeded + failed === 0 ? null : succeeded / (succeeded + failed),
    attempts: ended.length,
    retries: ended.filter(({ attempt }) => attempt > 1).length,
  };
}

const counted = (names: readonly string[], among: readonly (string | null)[]): Readonly<Record<string, number>> =>
  Object.fromEntries(names.map((name) => [name, countIn(among, name)]));

const countIn = (among: readonly (string | null)[], name: string): number =>
  among.filter((each) => each === name).length;

/** Queues are listed once they have held a job. */
function byQueue(
  jobs: readonly (readonly HistoryEvent[])[],
): ReadonlyMap<string, readonly (readonly HistoryEvent[])[]> {
  const queues = new Map<string, (readonly HistoryEvent[])[]>();
  for (const events of jobs) {
    const queue = textIn(createdIn(events), 'queue');
    if (queue === null || !events.some(({ name }) => name === 'JobQueued')) continue;
    const known = queues.get(queue);
    if (known === undefined) queues.set(queue, [events]);
    else known.push(events);
  }
  return queues;
}

const fault = (text: string): Fault => ({ jobId: null, text });
