import { ForgeRunError, ForgeRunUnreachable } from '../../sdk/forge-run-error.js';
import { type RunClock } from '../run-clock.js';
import { type CallOutcome } from './records.js';

/** A call as the one that made it saw it. */
export interface Called<Answer> {
  readonly atMs: number;
  readonly tookMs: number;
  readonly outcome: CallOutcome;
  readonly status: number | null;
  readonly code: string | null;
  /** Null unless it went well. */
  readonly answer: Answer | null;
}

/** Makes a call and says how it ended. Only a definite refusal is one: everything else without success is unknown. */
export async function called<Answer>(
  clock: RunClock,
  goodStatus: number,
  call: () => Promise<Answer>,
): Promise<Called<Answer>> {
  const atMs = clock.sinceMs();
  const ended = (how: Omit<Called<Answer>, 'atMs' | 'tookMs'>): Called<Answer> => ({
    atMs: rounded(atMs),
    tookMs: rounded(clock.sinceMs() - atMs),
    ...how,
  });
  try {
    const answer = await call();
    return ended({ outcome: 'ok', status: goodStatus, code: null, answer });
  } catch (error) {
    if (error instanceof ForgeRunError) {
      const { status, code } = error;
      return ended({ outcome: outcomeOf(status), status, code, answer: null });
    }
    if (!(error instanceof ForgeRunUnreachable)) throw error;
    return ended({ outcome: 'unknown', status: null, code: null, answer: null });
  }
}

/** By the status of its answer. */
function outcomeOf(status: number): CallOutcome {
  if (status >= 200 && status < 300) return 'ok';
  return isRefusal(status) ? 'refused' : 'unknown';
}

/** One of many in a call. */
export interface AnsweredItem {
  readonly status?: number;
  readonly problem?: { readonly code?: string };
}

/** How one of many in a call ended: by its own status, where the answer has one for it. */
export function calledIn(
  { answer: _, ...how }: Called<unknown>,
  item: AnsweredItem | undefined,
): Omit<Called<unknown>, 'answer'> {
  if (how.outcome !== 'ok') return how;
  const status = item?.status ?? null;
  const outcome = status === null ? 'unknown' : outcomeOf(status);
  return { ...how, outcome, status, code: item?.problem?.code ?? null };
}

/** 408 is answered by what stands on the way, too, after the engine has the request. */
const isRefusal = (status: number): boolean => status >= 400 && status < 500 && status !== 408;

/** To a hundredth of a millisecond: more is noise in the file. */
const rounded = (ms: number): number => Math.round(ms * 100) / 100;
