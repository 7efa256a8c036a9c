import { CommandHandler } from '@nestjs/cqrs';
import { Streams } from '../../engine/commands/streams.js';
import { type Handles } from '../../kernel/message.js';
import { type Positioned } from '../../kernel/recorded.js';
import { FairGate } from '../../platform/async/fair-gate.js';
import { RejectOccurrence } from '../domain/schedule.commands.js';
import { scheduleStream } from '../schedule.stream.js';

const maxSchedules = 16;
const maxWaiting = 1_024;

/**
 * Records rejections of one schedule one after the other: a backlog of occurrences that fire together is rejected together,
 * and all of them write to one stream.
 */
@CommandHandler(RejectOccurrence)
export class RejectOccurrenceHandler implements Handles<RejectOccurrence> {
  readonly #turns = new FairGate({ atOnce: maxSchedules, atOncePerClient: 1, maxWaiting });

  constructor(private readonly streams: Streams) {}

  async execute(command: RejectOccurrence): Promise<Positioned> {
    const { scheduleId } = command;
    const record = () => this.streams.decideOn(scheduleStream, scheduleId, command);
    const full = () => new Error('too many occurrences are being rejected');
    const { position } = await this.#turns.run(scheduleId, record, full);
    return { position };
  }
}
