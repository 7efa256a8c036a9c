/**
 * How long a server may owe an answer and send nothing, in time that this process has had. None of these grows: waiting
 * for a turn is another matter.
 */
export interface SilenceLimits {
  /** How often a connection is looked at. */
  readonly tickMs: number;
  /** After so much silence the server is asked over a connection of its own. */
  readonly doubtMs: number;
  /** For that connection to be opened, and to bring an answer. */
  readonly probeMs: number;
  /** For the other side to close what was ended. */
  readonly goodbyeMs: number;
}

export const defaultSilenceLimits: SilenceLimits = { tickMs: 500, doubtMs: 3_000, probeMs: 4_500, goodbyeMs: 2_000 };

/** The server owed an answer and gave no sign of life. What was asked may have been carried out. */
export class ServerSilent extends Error {
  /** Distinguishes it from an answer of the server's, and makes it worth another try: see `isTransient`. */
  readonly code = 'ETIMEDOUT';
}
