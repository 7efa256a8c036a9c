import { type DeliveryFailure } from './delivery.events.js';

/** Until then only the words said why an attempt failed, by how they began. */
interface AttemptV2 {
  readonly status: number | null;
  readonly error: string | null;
}

/** An attempt of the second version as one of the third. */
export function attemptFromV2(data: object): object {
  return { ...data, failure: failureOf(data as AttemptV2) };
}

function failureOf({ status, error }: AttemptV2): DeliveryFailure | null {
  if (status !== null) return status >= 200 && status < 300 ? null : 'status';
  return beginnings.find(({ words }) => error?.startsWith(words))?.failure ?? 'connection';
}

const beginnings = [
  { words: 'timed out', failure: 'timeout' },
  { words: 'blocked', failure: 'blocked' },
  { words: 'interrupted', failure: 'interrupted' },
] as const;
