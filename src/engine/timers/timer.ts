import { type Instant } from '../../kernel/instant.js';
import { type Cause } from '../../kernel/message.js';
import { type Position } from '../../kernel/recorded.js';
import { type StoredCommand } from '../sagas/command-types.js';

/** A command with the time to send it, as the table of timers holds it. */
export interface Timer {
  readonly timerId: string;
  readonly subject: string;
  readonly dueAt: Instant;
  readonly commandId: string;
  readonly command: StoredCommand;
  readonly cause: Cause;
  readonly position: Position;
}
