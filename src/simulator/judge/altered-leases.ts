import { type Fault, type History, type HistoryEvent } from './history.js';
import { createdIn, executionMsIn, textIn } from './jobs-in.js';

/** Leases that tell their worker something else of the job than the log says. */
export function* alteredLeases(
  { leases, events }: History,
  jobs: ReadonlyMap<string, readonly HistoryEvent[]>,
): Iterable<Fault> {
  const granted = new Map<string, HistoryEvent>();
  for (const event of events) if (event.name === 'JobAssigned') granted.set(textIn(event, 'lease_id') ?? '', event);
  for (const { jobId, leaseId, payload, ...told } of leases) {
    const created = createdIn(jobs.get(jobId) ?? []);
    // That another client's job is leased at all is judged elsewhere.
    if (created === undefined) continue;
    const stored = created.data.payloadDigest;
    if (stored !== undefined && stored !== payload)
      yield { jobId, text: `lease ${leaseId} came with another payload than job ${jobId} has` };
    const grant = granted.get(leaseId);
    if (grant === undefined) {
      yield { jobId, text: `lease ${leaseId} was given to a worker and is not in the log of job ${jobId}` };
      continue;
    }
    const is = {
      attempt: grant.attempt,
      queue: textIn(grant, 'queue'),
      workKind: textIn(grant, 'work_kind'),
      executionTimeoutMs: executionMsIn(created),
    };
    for (const [member, value] of Object.entries(is)) {
      const said = told[member as keyof typeof is];
      if (said !== value)
        yield { jobId, text: `lease ${leaseId} on job ${jobId} says ${member} ${said}, not ${String(value)}` };
    }
  }
}
