import { type TargetPath } from '../plan/work-item.js';

/** What a job asks of the target: it names its client and itself. */
export const targetUrl = (receiverUrl: string, path: TargetPath, clientIndex: number, key: string): string =>
  `${receiverUrl}${path}?client=${clientIndex}&job=${key}`;

/** The number of the client, as text; null where a request names none. */
export const clientIn = (pathAndQuery: string): string | null => /\?client=(\d+)&/.exec(pathAndQuery)?.[1] ?? null;

/** The path and query of a URL, as a server sees them. */
export const askedIn = (url: string): string => url.replace(/^https?:\/\/[^/]+/, '');
