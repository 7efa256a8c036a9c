import { Command } from '../../kernel/message.js';

export type QueueCommand = PauseQueue | ResumeQueue;

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
