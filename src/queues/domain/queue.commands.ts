import { Command } from '../../kernel/message.js';

export type QueueCommand = PauseQueue | ResumeQueue | LimitQueue;

export class PauseQueue extends Command {
  readonly type = 'PauseQueue';
  constructor(
    readonly queueId: string,
    readonly clientId: string,
    readonly queue: string,
  ) {
    super();
  }
}

export class ResumeQueue extends Command {
  readonly type = 'ResumeQueue';
  constructor(
    readonly queueId: string,
    readonly clientId: string,
    readonly queue: string,
  ) {
    super();
  }
}

export class LimitQueue extends Command {
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
