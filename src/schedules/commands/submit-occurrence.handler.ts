import { CommandHandler } from '@nestjs/cqrs';
import { Streams } from '../../engine/commands/streams.js';
import { SubmitJob } from '../../jobs/domain/job.commands.js';
import { type JobDefinition } from '../../jobs/domain/job.events.js';
import { CommandSender } from '../../kernel/command-sender.js';
import { type Handles } from '../../kernel/message.js';
import { type TimerAnswer } from '../../kernel/timer-answer.js';
import { Refusal } from '../../kernel/refusal.js';
import { SubmitOccurrence } from '../domain/occurrence.commands.js';
import { RecordOccurrenceEnded, RejectOccurrence, RestoreOccurrence } from '../domain/schedule.commands.js';
import { type OccurrenceFired, type ScheduleRule } from '../domain/schedule.events.js';
import { ScheduleNotFound } from '../domain/schedule.refusals.js';
import { type Schedule } from '../domain/schedule.state.js';
import { definitionOf, scheduleStream } from '../schedule.stream.js';
import { failpoint } from '../../platform/failpoints/failpoint.js';

const eventsAtOnce = 200;

/** Hands the job of an occurrence to the jobs module, and records where that takes none. */
@CommandHandler(SubmitOccurrence)
export class SubmitOccurrenceHandler implements Handles<SubmitOccurrence> {
  constructor(
    private readonly streams: Streams,
    private readonly commands: CommandSender,
  ) {}

  async execute(order: SubmitOccurrence): Promise<TimerAnswer> {
    const { scheduleId, jobId, cause } = order;
    // From the log: another node may have recorded that there was no room, and have stopped before this timer was done.
    const { state } = await this.streams.load(scheduleStream, scheduleId);
    if (state.state === 'LIVE' && state.rejected.includes(jobId)) return 'done';
    const submit = await this.#submitFor(order, state);
    try {
      failpoint('occurrence.submit');
      await this.commands.send(submit);
      failpoint('occurrence.submitted');
      await this.#restoreWhereRejected(order);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (isFull(error)) await this.#reject(order, submit);
      // A store that is away is not the end of the matter: the timer comes again.
      else if (error.passes) throw error;
      // There will be no job, so nothing must wait for its end.
      else await this.commands.send(new RecordOccurrenceEnded(scheduleId, jobId).because(cause));
    }
    return 'done';
  }

  async #submitFor({ scheduleId, version, jobId, cause }: SubmitOccurrence, state: Schedule): Promise<SubmitJob> {
    const { clientId, rule } = await this.#ruleOf(scheduleId, version, state);
    const definition: JobDefinition = {
      ...definitionOf(rule.job),
      payload: rule.job.payload,
      scheduleId,
    };
    const correlationId = definition.correlationId ?? cause.correlationId;
    // The id is the occurrence's own, so it also distinguishes a repeat from anything else.
    return new SubmitJob(jobId, clientId, definition, null, jobId).because({ ...cause, correlationId });
  }

  /** The version the occurrence was decided under; nearly always the one in force. */
  async #ruleOf(
    scheduleId: string,
    version: number,
    state: Schedule,
  ): Promise<{ readonly clientId: string; readonly rule: ScheduleRule }> {
    if (state.state === 'LIVE' && state.version === version) return state;
    for (const { event } of await this.streams.read(scheduleStream, scheduleId)) {
      const { type, data } = event;
      if ((type === 'ScheduleCreated' || type === 'ScheduleChanged') && data.version === version) return data;
    }
    throw new ScheduleNotFound(scheduleId);
  }

  /**
   * Another node may let the same job in while this one records that there was no room. The last of the two sees
   * what the other did: here by asking once more, there by a look at the schedule.
   */
  async #reject(order: SubmitOccurrence, submit: SubmitJob): Promise<void> {
    const { scheduleId, jobId, cause } = order;
    const fired = await this.#firedAs(scheduleId, jobId);
    if (fired === null) return;
    const { version, dueAt, reason } = fired;
    const isTriggered = reason === 'triggered';
    await this.commands.send(
      new RejectOccurrence(scheduleId, version, dueAt, jobId, isTriggered, 'queue_full').because(cause),
    );
    try {
      await this.commands.send(submit);
    } catch (error) {
      if (error instanceof Refusal && isFull(error)) return;
      throw error;
    }
    await this.#restore(order, fired);
  }

  /** The job is in the log: where another node has recorded that there was no room for it, that is put right. */
  async #restoreWhereRejected(order: SubmitOccurrence): Promise<void> {
    const { scheduleId, jobId } = order;
    const { state } = await this.streams.load(scheduleStream, scheduleId);
    if (state.state !== 'LIVE' || !state.rejected.includes(jobId)) return;
    const fired = await this.#firedAs(scheduleId, jobId);
    if (fired !== null) await this.#restore(order, fired);
  }

  async #restore({ cause }: SubmitOccurrence, fired: OccurrenceFired['data']): Promise<void> {
    const { scheduleId, version, dueAt, jobId, reason } = fired;
    await this.commands.send(new RestoreOccurrence(scheduleId, version, dueAt, jobId, reason).because(cause));
  }

  /** What is recorded of the occurrence that a job belongs to: one of the last events, most often. */
  async #firedAs(scheduleId: string, jobId: string): Promise<OccurrenceFired['data'] | null> {
    let place: { readonly from?: number } = {};
    for (;;) {
      const options = { ...place, backwards: true, limit: eventsAtOnce };
      const events = await this.streams.read(scheduleStream, scheduleId, options);
      for (const { event } of events)
        if (event.type === 'OccurrenceFired' && event.data.jobId === jobId) return event.data;
      const last = events.at(-1);
      if (last === undefined || last.revision === 0) return null;
      place = { from: last.revision - 1 };
    }
  }
}

/** The refusal that is the jobs module's own is known to others by its code. */
const isFull = ({ code }: Refusal): boolean => code === 'RFA_EXEC_QUEUE_FULL';
