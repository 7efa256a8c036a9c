/**
 * The receiver that a URL names, in one spelling for all that lead to the same requests: host and scheme in lower case,
 * numbers and dots resolved as the URL standard says, no fragment, no usual port, no final dot of a name, no escapes of
 * characters that need none. What is no URL names only itself.
 */
export function receiverOf(text: string): string {
  const url = parsed(text);
  if (url === null) return text;
  const host = url.hostname.replace(/\.$/, '');
  const port = url.port === '' ? '' : `:${url.port}`;
  return `${url.protocol}//${host}${port}${plain(url.pathname)}${plain(url.search)}`;
}

export const isSameReceiver = (one: string, other: string): boolean =>
  one === other || receiverOf(one) === receiverOf(other);

/** RFC 3986: an escape of an unreserved character is that character, and the digits of others are one in either case. */
const plain = (text: string): string =>
  text.replace(/%[0-9a-f]{2}/gi, (escape) => {
    const character = String.fromCharCode(Number.parseInt(escape.slice(1), 16));
    return /[A-Za-z0-9._~-]/.test(character) ? character : escape.toUpperCase();
  });

/** Not by `URL.canParse`: once Node 20 has compiled a call of it, names outside Latin-1 are refused. */
function parsed(text: string): URL | null {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}
