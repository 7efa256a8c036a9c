/**
 * A URL as the WHATWG standard reads it; null when it is none. Not by `URL.canParse`: once Node 20 has compiled a call
 * of it, names outside Latin-1 such as `https://bücher.example/` are refused.
 */
export function parsedUrl(text: string): URL | null {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}
