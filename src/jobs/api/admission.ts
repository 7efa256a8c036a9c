import type { Streams } from '../../engine/commands/streams.js';
import type { Position } from '../../kernel/recorded.js';
import type { Submitted } from '../commands/submitted.js';
import type { SubmitJob } from '../domain/job.commands.js';
import { isKnown } from '../domain/job.state.js';
import { jobKind } from '../job.kind.js';
import { type Admitted, type Capacity, QueueFull } from './capacity.js';

type Answer = Submitted | Error;

const repeated: Admitted = { settled: () => undefined };

/** Lets submits in while there is room. A repeat of one that was let in before takes none. */
export class Admission {
  constructor(
    private readonly capacity: Capacity,
    private readonly streams: Streams,
  ) {}

  /** Throws `QueueFull`. */
  async submit(command: SubmitJob, carryOut: () => Promise<Submitted>): Promise<Submitted> {
    const admitted = await this.admit(command);
    let position: Position | null = null;
    try {
      const submitted = await carryOut();
      position = submitted.position;
      return submitted;
    } finally {
      admitted.settled(position);
    }
  }

  /** Each stands alone: what there is no room for is answered with `QueueFull`. The order is kept. */
  async submitAll(
    commands: readonly SubmitJob[],
    carryOut: (commands: readonly SubmitJob[]) => Promise<readonly Answer[]>,
  ): Promise<readonly Answer[]> {
    const admitted = new Map<SubmitJob, Admitted>();
    const answers = new Map<SubmitJob, Answer>();
    try {
      for (const command of commands)
        try {
          admitted.set(command, await this.admit(command));
        } catch (refusal) {
          answers.set(command, refusal instanceof Error ? refusal : new Error(String(refusal)));
        }
      const carried = [...admitted.keys()];
      for (const [index, answer] of (await carryOut(carried)).entries()) {
        const command = carried[index];
        if (command !== undefined) answers.set(command, answer);
      }
    } finally {
      for (const [command, each] of admitted) each.settled(positionOf(answers.get(command)));
    }
    return commands.map((command) => answers.get(command) ?? new TypeError('a submit was left without an answer'));
  }

  private async admit({ clientId, definition, idempotencyKey, jobId }: SubmitJob): Promise<Admitted> {
    try {
      return this.capacity.admit(clientId, definition.queue, definition.executionAt !== null);
    } catch (refusal) {
      if (refusal instanceof QueueFull && idempotencyKey !== null && (await this.isKnown(jobId))) return repeated;
      throw refusal;
    }
  }

  private async isKnown(jobId: string): Promise<boolean> {
    return isKnown((await this.streams.recall(jobKind, jobId)).state);
  }
}

const positionOf = (answer: Answer | undefined): Position | null =>
  answer === undefined || answer instanceof Error ? null : answer.position;
