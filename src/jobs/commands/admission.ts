import { type Addressed, type Decided, type Streams } from '../../engine/commands/streams.js';
import { type Position } from '../../kernel/recorded.js';
import { type SubmitJob } from '../domain/job.commands.js';
import { type JobEvent } from '../domain/job.events.js';
import { QueueFull, RoomUnknown } from '../domain/job.refusals.js';
import { isExisting, type Job } from '../domain/job.state.js';
import { type Submitted } from '../domain/job.outcomes.js';
import { type Admitted, type Capacity } from './capacity.js';
import { submittedFrom } from './submitted.js';
import { jobStream } from '../domain/job.stream.js';
import { asError } from '../../platform/async/as-error.js';
type Answer = Submitted | Error;

const repeated: Admitted = { settled: () => undefined };

/** Lets submits in while there is room, of any sender, and carries them out. A repeat of one let in takes none. */
export class Admission {
  constructor(
    private readonly capacity: Capacity,
    private readonly streams: Streams,
  ) {}

  /** One answer per command, in the order given. Each stands alone: without room for it its answer is `QueueFull`. */
  async submit(commands: readonly SubmitJob[]): Promise<readonly Answer[]> {
    const admitted = new Map<SubmitJob, Admitted>();
    const answers = new Map<SubmitJob, Answer>();
    // After a quiet time the counts are old, and other nodes may have filled what they show as free.
    if (this.capacity.isOld()) await this.capacity.refreshInTime();
    try {
      let refused = this.#takePlaces(commands, admitted, answers);
      if (refused.length > 0) refused = await this.#askAgain(refused, admitted, answers);
      if (refused.length > 0) await this.#findRepeats(refused, admitted, answers);
      await this.#carryOut([...admitted.keys()], answers);
    } finally {
      for (const [command, each] of admitted) each.settled(positionOf(answers.get(command)));
    }
    return commands.map((command) => answers.get(command) ?? leftOut());
  }

  /** Takes a place for each command. Answers with those that there is no place for. */
  #takePlaces(
    commands: readonly SubmitJob[],
    admitted: Map<SubmitJob, Admitted>,
    answers: Map<SubmitJob, Answer>,
  ): readonly SubmitJob[] {
    const refused: SubmitJob[] = [];
    for (const command of commands) {
      const { clientId, definition } = command;
      try {
        admitted.set(command, this.capacity.admit(clientId, definition.queue, definition.executionAt !== null));
      } catch (cause) {
        answers.set(command, asError(cause));
        if (cause instanceof QueueFull) refused.push(command);
      }
    }
    return refused;
  }

  /** Counts come while jobs arrive: after a quiet time they are old, and a schedule takes a refusal for the last word. */
  async #askAgain(
    refused: readonly SubmitJob[],
    admitted: Map<SubmitJob, Admitted>,
    answers: Map<SubmitJob, Answer>,
  ): Promise<readonly SubmitJob[]> {
    if (this.capacity.isFresh()) return refused;
    await this.capacity.refresh();
    const still = this.#takePlaces(refused, admitted, answers);
    if (!this.capacity.isFresh()) for (const command of still) answers.set(command, new RoomUnknown());
    return still;
  }

  /** One read for all of them, of the log: another node may have let one in since this one looked. */
  async #findRepeats(
    refused: readonly SubmitJob[],
    admitted: Map<SubmitJob, Admitted>,
    answers: Map<SubmitJob, Answer>,
  ): Promise<void> {
    const doubtful = refused.filter(mayBeRepeat);
    if (doubtful.length === 0) return;
    const jobIds = doubtful.map(({ jobId }) => jobId);
    try {
      const jobs = await this.streams.loadAll(jobStream, jobIds);
      for (const [index, command] of doubtful.entries())
        if (isExisting(jobs[index]?.state ?? { state: 'NONE' })) admitted.set(command, repeated);
    } catch (cause) {
      for (const command of doubtful) answers.set(command, asError(cause));
    }
  }

  async #carryOut(commands: readonly SubmitJob[], answers: Map<SubmitJob, Answer>): Promise<void> {
    if (commands.length === 0) return;
    const decided = await this.streams.decideOnMany(jobStream, commands.map(addressedFrom));
    for (const [index, command] of commands.entries()) answers.set(command, answerFrom(command, decided[index]));
  }
}

/** Its id follows from a client's key or from an occurrence, so it may have been sent before. */
const mayBeRepeat = ({ idempotencyKey, definition }: SubmitJob): boolean =>
  idempotencyKey !== null || definition.scheduleId !== null;

const addressedFrom = (command: SubmitJob): Addressed<SubmitJob> => ({ id: command.jobId, command, expectNew: true });

function answerFrom({ jobId }: SubmitJob, decided: Decided<Job, JobEvent> | Error | undefined): Answer {
  if (decided === undefined) return leftOut();
  if (decided instanceof Error) return decided;
  try {
    return submittedFrom(jobId, decided);
  } catch (error) {
    return asError(error);
  }
}

const leftOut = (): Error => new TypeError('a submit was left without an answer');

const positionOf = (answer: Answer | undefined): Position | null =>
  answer === undefined || answer instanceof Error || answer.isReplay ? null : answer.position;
