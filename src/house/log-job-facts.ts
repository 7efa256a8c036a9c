import { currentEvent } from '../engine/commands/upcast.js';
import type { EventStore } from '../engine/event-store/event-store.port.js';
import type { JobEvent } from '../jobs/domain/job.events.js';
import { historyEntryOf } from '../jobs/domain/job.history.js';
import { jobSchemas } from '../jobs/domain/job.schemas.js';
import { jobCategory, jobStream } from '../jobs/domain/job.stream.js';
import { eventAnswer } from '../jobs/queries/history-answer.js';
import type { Position, Recorded } from '../kernel/recorded.js';
import type { OccurrencesMissed } from '../schedules/domain/schedule.events.js';
import { scheduleSchemas } from '../schedules/domain/schedule.schemas.js';
import { scheduleCategory } from '../schedules/domain/schedule.stream.js';
import { type Deliverable, deliverableTypes } from '../webhooks/sending/candidates.js';
import { JobFacts } from '../webhooks/sending/job-facts.js';

/** Shows the webhooks room the events of jobs, read from the log as the jobs room shows them, and what schedules missed. */
export class LogJobFacts extends JobFacts {
  constructor(private readonly store: EventStore) {
    super();
  }

  async one(jobId: string, revision: number): Promise<Recorded<JobEvent> | null> {
    const [found] = await this.store.readStream(jobStream(jobId), { from: revision, limit: 1 });
    return found?.revision === revision ? current(found) : null;
  }

  async missed(scheduleId: string, revision: number): Promise<Recorded<OccurrencesMissed> | null> {
    const [found] = await this.store.readStream(`${scheduleCategory}-${scheduleId}`, { from: revision, limit: 1 });
    return found?.revision === revision && isMissed(found) ? currentMissed(found) : null;
  }

  async after(position: Position | null, limit: number): Promise<readonly Recorded<Deliverable>[]> {
    const streamPrefixes = [`${jobCategory}-`, `${scheduleCategory}-`];
    const filter = { streamPrefixes, types: deliverableTypes };
    const read = await this.store.readAll({ limit, filter, ...(position === null ? {} : { after: position }) });
    return read.map((recorded) => (isMissed(recorded) ? currentMissed(recorded) : current(recorded)));
  }

  wire(event: Recorded<JobEvent>): object {
    return eventAnswer(historyEntryOf(event));
  }
}

const isMissed = ({ event }: Recorded): boolean => event.type === 'OccurrencesMissed';

const currentMissed = (recorded: Recorded): Recorded<OccurrencesMissed> =>
  currentEvent(scheduleSchemas, recorded) as Recorded<OccurrencesMissed>;

const current = (recorded: Recorded): Recorded<JobEvent> => currentEvent(jobSchemas, recorded) as Recorded<JobEvent>;
