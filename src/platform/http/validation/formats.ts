import { firstInstant, lastInstant } from '../../../kernel/instant.js';
import { parsedUrl } from '../../egress/parsed-url.js';

const instantText = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.\d{1,9})?(?:Z|[+-](\d\d):(\d\d))$/;

/** Whether a number of milliseconds since 1970 is an instant that can be kept and shown. */
const isInstant = (at: number): boolean => at >= firstInstant && at <= lastInstant;

/**
 * RFC 3339, and a moment that exists (no 30 February, no 25th hour, no leap second, which no clock here counts) and can be
 * kept: in UTC its year is one of 1 to 9999.
 */
export function isInstantText(text: string): boolean {
  const [, ...parts] = instantText.exec(text) ?? [];
  if (parts.length === 0) return false;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, ...zone] = parts.map((part) =>
    Number((part as string | undefined) ?? 0),
  );
  const [zoneHour = 0, zoneMinute = 0] = zone;
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return false;
  const isTime = hour <= 23 && minute <= 59 && second <= 59 && zoneHour <= 23 && zoneMinute <= 59;
  return isTime && isInstant(Date.parse(text));
}

function daysIn(year: number, month: number): number {
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  if (month === 2) return isLeap ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Only the form; whether ForgeRun may go there is the egress guard's question. */
export function isWebUrl(text: string): boolean {
  return /^https?:\/\/[^\s\\]+$/i.test(text) && parsedUrl(text) !== null;
}

export const isUuidText = (text: string): boolean =>
  /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(text);
