import { Message } from '../../kernel/message.js';
import { type ParkedStreamAnswer } from '../queries/parked-stream.response.js';

/** Tries the event that a parked stream waits behind again, and all that came after it. */
export class ReleaseParkedStream extends Message<ParkedStreamAnswer> {
  constructor(
    readonly follower: string,
    readonly stream: string,
    readonly actor: string,
    readonly reason: string | null,
  ) {
    super();
  }
}

/** Leaves the event that a parked stream waits behind out for ever, and applies all that came after it. */
export class SkipParkedEvent extends Message<ParkedStreamAnswer> {
  constructor(
    readonly follower: string,
    readonly stream: string,
    readonly actor: string,
    readonly reason: string,
    /** Nothing is skipped where the stream waits behind another event by now. Null: whichever it is. */
    readonly eventId: string | null,
  ) {
    super();
  }
}
