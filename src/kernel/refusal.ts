import { type Instant } from './instant.js';

/** Why a refusal happened, in the few ways a caller can react to it. `untimely` is a conflict with the clock alone. */
export type RefusalKind =
  | 'invalid'
  | 'unauthenticated'
  | 'forbidden'
  | 'not-found'
  | 'conflict'
  | 'untimely'
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
 * Whether a refusal of a kind is about the moment: the same command may be taken later though nothing else changes.
 * Every kind has to say so here, because a sender that takes such a refusal for the end loses its command.
 */
const passing: Readonly<Record<RefusalKind, boolean>> = {
  invalid: false,
  unauthenticated: false,
  forbidden: false,
  'not-found': false,
  conflict: false,
  untimely: true,
  'too-large': false,
  'too-much': true,
  unavailable: true,
  timeout: true,
};

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
  /** From when on the same command can be taken, where that is known. */
  readonly until: Instant | null = null;

  /** It is about the moment and not about the command: its sender keeps it and sends it again. */
  get passes(): boolean {
    return passing[this.kind];
  }
}
