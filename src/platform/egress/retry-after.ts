import { type Instant } from '../../kernel/instant.js';

const maxMs = 24 * 3_600_000;

/** What a receiver asks for in `Retry-After`, seconds or a date (RFC 9110), a day at most; null where it says nothing. */
export function retryAfterMs(header: string | undefined, now: Instant): number | null {
  if (header === undefined) return null;
  const text = header.trim();
  if (/^\d{1,10}$/.test(text)) return Math.min(Number(text) * 1000, maxMs);
  const at = /^[A-Za-z]{3}, \d{2} [A-Za-z]{3} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(text) ? Date.parse(text) : NaN;
  return Number.isNaN(at) ? null : Math.min(Math.max(0, at - now), maxMs);
}
