import { Command } from '../../kernel/message.js';
import { type Positioned } from '../../kernel/recorded.js';

export type QueueCommand = PauseQueue | ResumeQueue | LimitQueue;

export class PauseQueue extends Command<Positioned> {
  readonly type = 'PauseQueue';
  constructor(
    readonly queueId: string,
    readonly clientId: string,
    readonly queue: string,
  ) {
    super();
  }
}

export class ResumeQueue extends Command<Positioned> {
  readonly type = 'ResumeQueue';
  constructor(
    readonly queueId: string,
    readonly clientId: string,
    readonly queue: string,
  ) {
    super();
  }
}

export class LimitQueue extends Command<Positioned> {
  readonly type = 'LimitQueue';
  constructor(
    readonly queueId: string,
    readonly clientId: string,
    readonly queue: string,
    /** Null takes the limit away. */
    readonly maxRunning: number | null,
  ) {
    super();
  }
}
