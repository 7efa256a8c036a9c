import { type Fault, type History, type Invariant } from '../history.js';
import { createdIn, jobsIn, textIn } from '../jobs-in.js';

export const unexpected: Invariant = {
  name: 'unexpected',
  promise: 'No job is in the log that no client asked for, or whose submit was refused.',

  *faultsIn({ events, submits, triggers, scheduleIds }: History): Iterable<Fault> {
    const asked = new Set(submits.filter(({ outcome }) => outcome !== 'refused').map(({ key }) => key));
    const triggered = new Set(triggers.map(({ jobId }) => jobId));
    for (const [jobId, history] of jobsIn(events)) {
      const created = createdIn(history);
      const schedule = textIn(created, 'schedule_id');
      if (schedule !== null) {
        if (!scheduleIds.includes(schedule) && !triggered.has(jobId))
          yield { jobId, text: `job ${jobId} comes from schedule ${schedule}, which this client does not have` };
        continue;
      }
      const key = textIn(created, 'idempotency_key');
      if (key === null || !asked.has(key))
        yield { jobId, text: `job ${jobId} with key ${key ?? 'none'} was asked for by no submit` };
    }
  },
};
