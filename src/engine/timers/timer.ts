import { type Instant } from '../../kernel/instant.js';
import { type Cause } from '../../kernel/message.js';
import { type Position } from '../../kernel/recorded.js';
import { type StoredCommand } from '../sagas/command-types.js';

/** The client id of a timer that belongs to no client. */
export const noClient = '00000000-0000-0000-0000-000000000000';

/** A command with the time to send it, as the table of timers holds it. */
export interface Timer {
  readonly timerId: string;
  /** Whose it is; timers of no client count as those of one more client. */
  readonly clientId: string;
  readonly subject: string;
  readonly dueAt: Instant;
  readonly commandId: string;
  readonly command: StoredCommand;
  readonly cause: Cause;
  readonly position: Position;
}
