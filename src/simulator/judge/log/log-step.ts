import { type LoggedEvent } from '../../log/stored-log.js';
import { type LogStep, type Members } from './log-invariant.js';

const none: Members = Object.freeze({});

export function stepOf(event: LoggedEvent): LogStep {
  const marks = membersIn(event.metadata);
  return {
    ...event,
    isOurs: 'schema' in marks && 'chain' in marks,
    said: membersIn(event.data),
    marks,
    at: typeof marks['at'] === 'number' ? marks['at'] : Number.NaN,
    jobId: event.stream.startsWith('job-') ? event.stream.slice('job-'.length) : null,
  };
}

function membersIn(text: string): Members {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Members) : none;
  } catch {
    return none;
  }
}

export const placeOf = ({ stream, revision, type }: LoggedEvent): string => `${stream}@${revision} ${type}`;

export const textAt = (members: Members, name: string): string | null => {
  const value = members[name];
  return typeof value === 'string' ? value : null;
};

export const numberAt = (members: Members, name: string): number | null => {
  const value = members[name];
  return typeof value === 'number' ? value : null;
};

export const membersAt = (members: Members, name: string): Members => {
  const value = members[name];
  return typeof value === 'object' && value !== null ? (value as Members) : none;
};

/** Nothing shows at the end only. */
// eslint-disable-next-line @typescript-eslint/require-await
export async function* nothingMore(): AsyncGenerator<never, void> {
  yield* [];
}
