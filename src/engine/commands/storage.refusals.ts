import { Refusal } from '../../kernel/refusal.js';

/** The log did not take the command, or it is not known whether it did. The same request, sent again, settles it. */
export class StorageUnavailable extends Refusal {
  readonly kind = 'unavailable';
  readonly code = 'RFA_STORAGE_UNAVAILABLE';
  override readonly retryAfterMs = 1000;
  constructor(cause: unknown) {
    super('The event log does not answer. Send the same request again, with its idempotency key if it had one.', {
      cause,
    });
  }
}

/** Too many others wrote to the stream at the same time. */
export class TooMuchContention extends Refusal {
  readonly kind = 'unavailable';
  readonly code = 'RFA_STORAGE_UNAVAILABLE';
  override readonly retryAfterMs = 1000;
  constructor(stream: string) {
    super(`${stream} was changed by others each time this command was about to be recorded.`);
  }
}
