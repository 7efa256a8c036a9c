/**
 * What an error of the client says about the call it ended.
 * - `conflict`: the stream is elsewhere; certainly not stored.
 * - `missing`: there is no such stream.
 * - `gone`: the stream was tombstoned.
 * - `refused`: the server will never take this call; certainly not stored.
 * - `untouched`: no server that could store anything has seen the call; worth another try.
 * - `doubtful`: it is not known what became of it; worth another try.
 */
type Failure = 'conflict' | 'missing' | 'gone' | 'refused' | 'untouched' | 'doubtful';

const failureOfType: Readonly<Record<string, Failure>> = {
  'wrong-expected-version': 'conflict',
  'stream-not-found': 'missing',
  'stream-deleted': 'gone',
  'not-leader': 'untouched',
  'access-denied': 'refused',
  'maximum-append-size-exceeded': 'refused',
  'missing-required-metadata-property': 'refused',
  'invalid-transaction': 'refused',
  'invalid-argument': 'refused',
  unsupported: 'refused',
};

/** gRPC codes INVALID_ARGUMENT, PERMISSION_DENIED, OUT_OF_RANGE, UNIMPLEMENTED and UNAUTHENTICATED. */
const refusingCodes = new Set([3, 7, 11, 12, 16]);

const invalidArgument = 3;

/** In the words of the client, and of a server that took no append. */
const neverTaken = /^Failed to discover|Server Is Not Ready|Server Is Busy|No leader info available/;

/** Reads the client's converted errors by `type`, and the raw gRPC errors it lets through by `code`. */
export function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return 'doubtful';
  const { type, code } = error as { type?: unknown; code?: unknown };
  if (typeof type === 'string' && failureOfType[type] !== undefined) return failureOfType[type];
  if (typeof code === 'number' && refusingCodes.has(code)) return 'refused';
  // Finding the cluster's leader failed, or the server that was asked has none either: nothing was stored.
  if (neverTaken.test(error.message)) return 'untouched';
  return 'doubtful';
}

/**
 * A fault of the program, which no time mends: an error of JavaScript itself, or an argument that the server cannot read.
 * Errors of Node.js about connections have a `code` beside such a name.
 */
export function isProgramFault(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { type, code } = error as { type?: unknown; code?: unknown };
  if (type === 'invalid-argument' || code === invalidArgument) return true;
  return code === undefined && ['TypeError', 'RangeError', 'ReferenceError', 'SyntaxError'].includes(error.name);
}

/** The revision that a conflict names. The client's own type calls -1 a revision where the server means no stream. */
export function actualRevisionOf(error: unknown): number | 'no_stream' {
  const { actualVersion } = error as { actualVersion?: unknown };
  return typeof actualVersion === 'bigint' && actualVersion >= 0n ? Number(actualVersion) : 'no_stream';
}
