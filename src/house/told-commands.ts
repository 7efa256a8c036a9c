import { CommandSender, type TimerAnswer } from '../engine/timers/command-sender.js';
import type { Command } from '../kernel/message.js';
import type { Tell } from './in-process-leases.js';

/** Timers' commands go the way of all commands. */
export class ToldCommands extends CommandSender {
  constructor(private readonly tell: Tell) {
    super();
  }

  async send(command: Command): Promise<TimerAnswer> {
    return (await this.tell(command)) as TimerAnswer;
  }
}
