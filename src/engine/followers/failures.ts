import { sqlStateIn } from '../../platform/postgres/errors.js';

/** The writer is not the only one: the checkpoint is elsewhere. */
export class Superseded extends Error {
  constructor(follower: string) {
    super(`another instance moved the checkpoint of ${follower}`);
  }
}

/** The read model has seen events that the log does not hold: a restored log, or another log than before. */
export class CheckpointAhead extends Error {
  constructor(follower: string, checkpoint: bigint, head: bigint | null) {
    super(
      `the checkpoint of ${follower} (${checkpoint.toString()}) is ahead of the log's head (${head?.toString() ?? 'an empty log'}): ` +
        `this is not the log it followed; restore the log or rebuild ${follower}`,
    );
  }
}

/** The tables were written by another version of the follower. */
export class VersionMismatch extends Error {
  constructor(follower: string, stored: number, wanted: number) {
    super(`${follower} was written by version ${stored} and this is version ${wanted}: rebuild it`);
  }
}

/** What was decided about a parked stream is not what stands any more. */
export class DecisionReplaced extends Error {}

/** So many streams are parked that the fault is not in the events. */
export class TooManyParked extends Error {
  constructor(follower: string, parked: number, cause: Error) {
    super(`${follower} has ${parked} parked streams and parks no more: ${cause.message}`, { cause });
  }
}

/** SQLSTATE of `move_checkpoint` when the checkpoint is elsewhere. */
const checkpointElsewhere = 'FR001';

/** SQLSTATE of `require_decision` when another decision about a parked stream stands. */
const decisionReplaced = 'FR002';

/** Classes of SQLSTATE that blame the values: bad data, broken constraint, a row too large. */
const blamesValues = new Set(['22', '23', '54']);

/**
 * What a failed write means. `superseded`: another process writes. `refused`: these values cannot be written, ever.
 * `replaced`: an operator has decided otherwise meanwhile.
 * `passing`: anything else, a lost connection, a deadlock, a full disk or a missing table; waiting helps, or an operator.
 */
export function meaningOf(error: unknown): 'superseded' | 'replaced' | 'refused' | 'passing' {
  const code = sqlStateIn(error);
  if (code === checkpointElsewhere) return 'superseded';
  if (code === decisionReplaced) return 'replaced';
  return code !== undefined && blamesValues.has(code.slice(0, 2)) ? 'refused' : 'passing';
}
