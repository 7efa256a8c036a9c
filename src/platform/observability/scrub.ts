const maxText = 2_000;

/** What gives a secret away wherever it stands: our keys, webhook secrets, bearer tokens, passwords in addresses. */
const secrets: readonly (readonly [RegExp, string])[] = [
  [/frk_[0-9A-Za-z_]{8,}/g, 'frk_***'],
  [/whsec_[0-9A-Za-z+/=_-]{4,}/g, 'whsec_***'],
  [/\b(bearer|basic)\s+[^\s"',;]+/gi, '$1 ***'],
  [/(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@"']+@/gi, '$1***@'],
  [/\b(api[_-]?key|password|passwd|secret|token)(["']?\s*[=:]\s*["']?)[^\s"'&,;}]+/gi, '$1$2***'],
];

/** Free text as a log or a trace may hold it: without what looks like a credential, and not without end. */
export function scrubbed(text: string): string {
  let clean = text.length > maxText ? `${text.slice(0, maxText)}…` : text;
  for (const [pattern, mask] of secrets) clean = clean.replace(pattern, mask);
  return clean;
}
