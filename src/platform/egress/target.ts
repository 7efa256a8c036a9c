import { isIP } from 'node:net';
import { BlockedTarget } from './blocked-target.js';
import { type Networks } from './networks.js';
import { parsedUrl } from './parsed-url.js';

const longest = 2048;
/** Characters that the URL standard drops or rewrites silently: a URL with one is meant to confuse its reader. */
const deceptive = /[\u0000-\u0020\u007f-\u00a0\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff\\]/;

/** Where a request goes: the parsed URL, and its host as an address where it is one. */
export interface Target {
  readonly url: URL;
  /** Without brackets. */
  readonly host: string;
  /** 0: a name that has to be resolved. */
  readonly family: number;
}

/**
 * Reads a URL as the WHATWG standard does and checks what it came to, so that no spelling of a host is judged before it
 * is understood. Throws `BlockedTarget`.
 */
export function targetOf(text: string, networks: Networks): Target {
  if (text.length > longest) throw new BlockedTarget('too_long');
  const url = deceptive.test(text) ? null : parsedUrl(text);
  if (url === null) throw new BlockedTarget('not_a_url');
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new BlockedTarget('scheme');
  // `http:host` and `http:/host` parse, too.
  if (!/^https?:\/\/[^/]/i.test(text)) throw new BlockedTarget('not_a_url');
  if (url.username !== '' || url.password !== '' || authorityOf(text).includes('@'))
    throw new BlockedTarget('credentials');
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const family = isIP(host);
  if (host === '' || url.port === '0') throw new BlockedTarget('not_a_url');
  if (family !== 0 && !networks.permits(host)) throw new BlockedTarget('address');
  return { url, host, family };
}

const authorityOf = (text: string): string => /^[a-z]+:\/\/([^/?#]*)/i.exec(text)?.[1] ?? '';
