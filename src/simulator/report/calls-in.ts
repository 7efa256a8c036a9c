import { type History } from '../judge/history.js';
import { type CallOutcome } from '../records/records.js';

/** A call by any actor, as it saw it. */
interface CallMade {
  readonly call: string;
  readonly outcome: CallOutcome;
  readonly status: number | null;
  readonly code: string | null;
}

/** Every call but those whose answer the worker did not wait for. */
export const callsIn = ({
  submits,
  malformed,
  triggers,
  changes,
  trespasses,
  reads,
  repeats,
  rotations,
  ends,
}: History): readonly CallMade[] => [
  ...submits.map((each) => ({ ...each, call: 'submit' })),
  ...malformed.map((each) => ({ ...each, call: 'malformed submit' })),
  ...triggers.map((each) => ({ ...each, call: 'trigger' })),
  ...changes,
  ...trespasses.map((each) => ({ ...each, call: 'reach for what is another’s' })),
  ...repeats,
  ...rotations.map((each) => ({ ...each, call: 'rotate' })),
  ...reads.map((each) => ({ ...each, call: 'read' })),
  ...ends.filter(({ isHangUp }) => !isHangUp),
];

export interface AnswerCount {
  readonly call: string;
  /** Null: none came. */
  readonly status: number | null;
  readonly code: string | null;
  readonly count: number;
}

/** How often which call was answered how. */
export function answersIn(histories: readonly History[]): readonly AnswerCount[] {
  const counts = new Map<string, AnswerCount>();
  for (const { call, status, code } of histories.flatMap(callsIn)) {
    const key = `${call} ${status ?? 'none'} ${code ?? ''}`;
    counts.set(key, { call, status, code, count: (counts.get(key)?.count ?? 0) + 1 });
  }
  return [...counts].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, count]) => count);
}

/** Whether the engine said that there is too much: of one client, or of all. */
export const isLimit = ({ status, code }: CallMade): boolean => status === 429 || code === 'RFA_EXEC_QUEUE_FULL';
