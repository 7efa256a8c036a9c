const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** A text as HTML shows it, whatever is in it. */
export const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => entities[character] ?? '');

/** Milliseconds in the unit that reads best, which stays on the number's line. */
export function readableMs(ms: number): string {
  if (ms < 10) return `${ms.toFixed(1)}\u00a0ms`;
  return ms < 1_000 ? `${Math.round(ms)}\u00a0ms` : `${(ms / 1_000).toFixed(ms < 10_000 ? 2 : 1)}\u00a0s`;
}

/** Less than a minute in seconds. */
export function readableMinutes(minutes: number): string {
  const seconds = minutes * 60;
  return seconds >= 60
    ? `${readableNumber(minutes)}\u00a0min`
    : `${readableNumber(Math.max(0.1, Number(seconds.toFixed(1))))}\u00a0s`;
}

export const countedOf = (count: number, name: string): string =>
  `${readableNumber(count)} ${name}${count === 1 ? '' : 's'}`;

export const readableNumber = (value: number): string =>
  value.toLocaleString('en-US', { maximumFractionDigits: value < 100 ? 2 : 0 });

/** A table of cells that are HTML already. */
export function tableOf(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const head = heads.map((text) => `<th scope="col">${escaped(text)}</th>`).join('');
  const body = rows.map((cells) => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`).join('\n');
  return `<div class="wide"><table><thead><tr>${head}</tr></thead><tbody>\n${body}\n</tbody></table></div>`;
}
