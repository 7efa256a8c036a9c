import { Refusal } from '../../kernel/refusal.js';
import { type WhenGone } from '../../kernel/stream-definition.js';

/** A tombstone: the store takes nothing more for this stream, whatever it would be. */
export class StreamEnded extends Refusal {
  readonly kind: WhenGone['kind'];
  readonly code: string;

  constructor(stream: string, { kind, code }: WhenGone) {
    super(`${stream} was ended for good in the event log, which takes no more events for it: nothing was changed.`);
    this.kind = kind;
    this.code = code;
  }
}

/** Events that a decision would stand on were truncated, aged out or deleted for good. */
export class BeginningGone extends Refusal {
  readonly kind: WhenGone['kind'];
  readonly code: string;

  constructor(stream: string, { kind, code }: WhenGone) {
    super(`The beginning of ${stream} is no longer in the event log, so nothing can be decided on it.`);
    this.kind = kind;
    this.code = code;
  }
}
