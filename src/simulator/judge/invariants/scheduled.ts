import { type Fault, type History, type Invariant } from '../history.js';
import { createdIn, jobsIn, textIn } from '../jobs-in.js';

export const scheduled: Invariant = {
  name: 'scheduled',
  promise: 'Every tick that fired has one job of its own, every job of a schedule has its tick or its trigger.',

  casesIn: ({ ticks }: History): number => ticks.filter(({ outcome }) => outcome === 'FIRED').length,

  *faultsIn({ events, ticks, triggers, scheduleIds }: History): Iterable<Fault> {
    const jobs = jobsIn(events);
    const ticked = new Set<string>();
    for (const { outcome, dueAt, jobId } of ticks) {
      if (outcome !== 'FIRED') continue;
      if (jobId === null || !jobs.has(jobId)) yield { jobId, text: `the tick of ${dueAt} fired without a job` };
      else if (ticked.has(jobId)) yield { jobId, text: `job ${jobId} belongs to the tick of ${dueAt} and to another` };
      if (jobId !== null) ticked.add(jobId);
    }
    // A trigger without an answer may have made a job whose id is not known.
    if (triggers.some(({ outcome }) => outcome === 'unknown')) return;
    // The ledger has triggers, too.
    const explained = new Set([...ticked, ...triggers.map(({ jobId }) => jobId)]);
    for (const [jobId, history] of jobs) {
      const schedule = textIn(createdIn(history), 'schedule_id');
      if (schedule !== null && scheduleIds.includes(schedule) && !explained.has(jobId))
        yield { jobId, text: `job ${jobId} of schedule ${schedule} belongs to no tick and no trigger` };
    }
  },
};
