import { currentEvent } from '../engine/commands/upcast.js';
import { type EventStore, type LogFilter } from '../engine/event-store/event-store.port.js';
import { matches } from '../engine/event-store/log-filter.js';
import { type JobEvent } from '../jobs/domain/job.events.js';
import { eventAnswer } from '../jobs/queries/history.response.js';
import { type Position, type Recorded } from '../kernel/recorded.js';
import { type OccurrencesMissed } from '../schedules/domain/schedule.events.js';
import { deliverableTypes } from '../webhooks/sending/candidates.js';
import { type DeliverableLook, JobEventReader } from '../webhooks/sending/job-event-reader.js';
import { jobStream } from '../jobs/domain/job.stream.js';
import { streamOf } from '../kernel/stream-definition.js';
import { scheduleStream } from '../schedules/schedule.stream.js';

/** Gives the webhooks module the events of jobs, read from the log as the jobs module shows them, and what schedules missed. */
export class JobEventLog extends JobEventReader {
  constructor(private readonly store: EventStore) {
    super();
  }

  async one(jobId: string, revision: number): Promise<Recorded<JobEvent> | null> {
    const [found] = await this.store.readStream(streamOf(jobStream, jobId), { from: revision, limit: 1 });
    return found?.revision === revision ? current(found) : null;
  }

  async missed(scheduleId: string, revision: number): Promise<Recorded<OccurrencesMissed> | null> {
    const [found] = await this.store.readStream(`${scheduleStream.category}-${scheduleId}`, {
      from: revision,
      limit: 1,
    });
    return found?.revision === revision && isMissed(found) ? currentMissed(found) : null;
  }

  async after(position: Position | null, most: number): Promise<DeliverableLook> {
    const look = await this.store.lookOn(position, most);
    const events = look.events
      .filter((recorded) => matches(deliverable, recorded))
      .map((recorded) => (isMissed(recorded) ? currentMissed(recorded) : current(recorded)));
    return { events, position: look.position };
  }

  wire(event: Recorded<JobEvent>): object {
    return eventAnswer(event);
  }
}

const deliverable: LogFilter = {
  streamPrefixes: [`${jobStream.category}-`, `${scheduleStream.category}-`],
  types: deliverableTypes,
};

/** Of what schedules record, only that is asked for. */
const isMissed = ({ stream }: Recorded): boolean => stream.startsWith(`${scheduleStream.category}-`);

const currentMissed = (recorded: Recorded): Recorded<OccurrencesMissed> =>
  currentEvent(scheduleStream, recorded) as Recorded<OccurrencesMissed>;

const current = (recorded: Recorded): Recorded<JobEvent> => currentEvent(jobStream, recorded) as Recorded<JobEvent>;
