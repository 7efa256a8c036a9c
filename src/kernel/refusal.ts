/** Why a refusal happened, in the few ways a caller can react to it. */
export type RefusalKind =
  | 'invalid'
  | 'unauthenticated'
  | 'forbidden'
  | 'not-found'
  | 'conflict'
  | 'too-large'
  | 'too-much'
  | 'unavailable'
  | 'timeout';

/** One fault of a request: where (a JSON pointer, RFC 6901) and what. */
export interface Fault {
  readonly pointer: string;
  readonly detail: string;
}

/**
 * A command that ForgeRun understood and will not carry out. `code` is for programs,
 * the message is for people, and neither knows that HTTP exists.
 */
export abstract class Refusal extends Error {
  abstract readonly kind: RefusalKind;
  abstract readonly code: string;
  /** Every fault of an invalid request at once. */
  readonly faults: readonly Fault[] = [];
  /** When trying again can make sense, in milliseconds from now. */
  readonly retryAfterMs: number | null = null;
}
