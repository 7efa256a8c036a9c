import { type Instant } from '../../kernel/instant.js';

/** RFC 3339, in UTC and milliseconds: every instant is answered so. */
export const isoOf = (instant: Instant): string => new Date(instant).toISOString();

export const isoOrNull = (instant: Instant | null): string | null => (instant === null ? null : isoOf(instant));
