import { type AppendOutcome } from '../event-store.port.js';
import { type Write } from './append-outcomes.js';

/** What is sent until its outcome is known. */
export interface Sending {
  /** The stream, as errors name it. */
  readonly name: string;
  /** Why it may be stored by an earlier attempt. */
  doubt: Error | null;
  /** An error: it was refused, and is certainly not stored. */
  outcome: AppendOutcome | Error | null;
}

export interface WriteSending extends Sending {
  readonly write: Write;
}

export const sendingOf = (write: Write): WriteSending => ({ name: write.stream, write, doubt: null, outcome: null });

export const isOpen = ({ outcome }: Sending): boolean => outcome === null;

export const isUnknown = (outcome: Sending['outcome']): outcome is Extract<AppendOutcome, { kind: 'unknown' }> =>
  outcome !== null && !(outcome instanceof Error) && outcome.kind === 'unknown';

/** Whether the store said what became of it. */
export const isSettled = (outcome: Sending['outcome']): boolean =>
  outcome !== null && !(outcome instanceof Error) && outcome.kind !== 'unknown';
