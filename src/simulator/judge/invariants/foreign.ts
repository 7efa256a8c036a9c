import { type Fault, type History, type Invariant } from '../history.js';

const unknown = 404;
/** Those that say nothing of what was asked for. */
const saysNothing = (status: number): boolean => status === 408 || status === 429 || status >= 500;

export const foreign: Invariant = {
  name: 'foreign',
  promise:
    'What belongs to one client answers another as if it did not exist, is in no list of another, stays as it is, and is leased to none but its owner.',

  casesIn: ({ trespasses }: History): number =>
    trespasses.filter(({ status }) => status !== null && !saysNothing(status)).length,

  *faultsIn(history: History): Iterable<Fault> {
    const { trespasses, leases, clientId } = history;
    const own = ownOf(history);
    for (const { jobId, leaseId } of leases)
      if (!own.job.has(jobId))
        yield { jobId, text: `client ${clientId} was given lease ${leaseId} on job ${jobId}, which is not its own` };
    for (const { call, at, isToUnknown, status, shown } of trespasses) {
      if (status === null || saysNothing(status)) continue;
      if (isToUnknown && status !== unknown)
        yield { jobId: null, text: `client ${clientId} was answered ${status} to ${call} of another: ${at}` };
      for (const { sort, id } of shown)
        if (!own[sort].has(id))
          yield {
            jobId: sort === 'job' ? id : null,
            text: `client ${clientId} was shown ${sort} ${id}, which is not its own, by ${call}: ${at}`,
          };
    }
    yield* strangeQueues(history);
  },
};

type Sort = History['trespasses'][number]['shown'][number]['sort'];

function ownOf({ events, clientId, scheduleIds, webhooks }: History): Readonly<Record<Sort, ReadonlySet<unknown>>> {
  return {
    client: new Set([clientId]),
    job: new Set(events.map(({ jobId }) => jobId)),
    schedule: new Set(scheduleIds),
    webhook: new Set(webhooks.map(({ webhookId }) => webhookId)),
    queue: new Set(events.map(({ data }) => data['queue'])),
  };
}

/** A queue may be paused by another client, or limited to one at a time, in that client's own place alone. */
function* strangeQueues({ queues, trespasses, clientId }: History): Iterable<Fault> {
  const asked = new Set(trespasses.map(({ at }) => at));
  for (const { queue, paused, maxRunning } of queues) {
    if (paused && !asked.has(`/v1/queues/${queue}/pause`))
      yield { jobId: null, text: `queue ${queue} of client ${clientId} is paused, which that client did not ask for` };
    if (maxRunning === 1 && !asked.has(`/v1/queues/${queue}/limit`))
      yield { jobId: null, text: `queue ${queue} of client ${clientId} has a limit that another client set` };
  }
}
