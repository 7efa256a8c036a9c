import { BlockedTarget } from './blocked-target.js';

const fieldName = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,128}$/;
/** Visible ASCII, blanks and tabs. Anything else, CR, LF and NUL above all, could begin a header of its own somewhere. */
const fieldValue = /^[\t\x20-\x7e]{0,4096}$/;

/** Those that frame a message or speak to the next hop only. */
const reserved = new Set([
  'connection',
  'content-encoding',
  'content-length',
  'expect',
  'host',
  'http2-settings',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);
const reservedBeginnings = ['proxy-', 'webhook-', 'forgerun-'];

/** Why a caller may not set this header, in words that follow its name; null when it may. */
export function faultOfHeader(name: string, value: string): string | null {
  const lower = name.toLowerCase();
  if (!fieldName.test(name)) return 'is not a header name';
  if (reserved.has(lower) || reservedBeginnings.some((beginning) => lower.startsWith(beginning)))
    return 'is a header that ForgeRun sets itself';
  return fieldValue.test(value) ? null : 'must be at most 4096 characters of printable ASCII';
}

/** Checks headers right before they are sent, whichever code made them. Throws `BlockedTarget`. */
export function assertSendable(headers: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(headers))
    if (!fieldName.test(name) || !fieldValue.test(value)) throw new BlockedTarget('header');
}
