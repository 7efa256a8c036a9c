/** Who asks for a name. */
export interface NameAsker {
  /** Whose request it is: each client has a share of the look-ups under way. */
  readonly clientId: string;
  /** Fires when the answer is no longer wanted. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * `not_found`: there is no such name, or it has no address. `no_answer`: those who answer for it did not, in time.
 * `ours`: this node could not ask, which says nothing about the name.
 */
export type NameFailureKind = 'not_found' | 'no_answer' | 'ours';

/** A name that was not resolved. */
export class NameFailure extends Error {
  override readonly name = 'NameFailure';
  constructor(
    readonly kind: NameFailureKind,
    options?: ErrorOptions,
  ) {
    super(`name look-up: ${kind}`, options);
  }
}

/** Turns host names into addresses; tests bring their own. */
export abstract class Names {
  /** Every address of a name. Rejects with `NameFailure` when there is none; empty means the same as `not_found`. */
  abstract resolve(name: string, asker: NameAsker): Promise<readonly string[]>;

  /** Ends the look-ups under way. */
  close(): void {
    // Where nothing is under way there is nothing to end.
  }
}
