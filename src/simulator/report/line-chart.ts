import { escaped, readableNumber } from './html-text.js';

export interface Line {
  readonly name: string;
  readonly color: string;
  readonly values: readonly number[];
}

const width = 860;
const height = 240;
const left = 46;
const bottom = 26;
const top = 10;
const gridLines = 4;
const ticksShown = 4;

/** Lines over the time of a run, as SVG. */
export function lineChart(title: string, lines: readonly Line[], bucketMs: number): string {
  const count = Math.max(2, ...lines.map(({ values }) => values.length));
  const max = niceMax(Math.max(1, ...lines.flatMap(({ values }) => values)));
  const x = (index: number): number => left + (index / (count - 1)) * (width - left - 10);
  const y = (value: number): number => top + (1 - value / max) * (height - top - bottom);
  const grid = Array.from({ length: gridLines + 1 }, (_, step) => {
    const value = (max / gridLines) * step;
    return `<line class="grid" x1="${left}" x2="${width - 10}" y1="${y(value)}" y2="${y(value)}"/>
<text x="${left - 6}" y="${y(value) + 4}" text-anchor="end">${readableNumber(value)}</text>`;
  });
  const ticks = tickIndexes(count).map((index) => {
    // The last one would not fit in the picture.
    const anchor = index === count - 1 ? 'end' : 'middle';
    return `<text x="${x(index)}" y="${height - 6}" text-anchor="${anchor}">${Math.round((index * bucketMs) / 1_000)} s</text>`;
  });
  const paths = lines.map(({ values, color }) => {
    const points = values.map((value, index) => `${x(index).toFixed(1)},${y(value).toFixed(1)}`).join(' ');
    return `<polyline points="${points}" fill="none" stroke="${color}" stroke-width="2" stroke-linejoin="round"/>`;
  });
  const legend = lines.map(({ name, color }) => `<span><i style="background:${color}"></i>${escaped(name)}</span>`);
  return `<figure><figcaption>${escaped(title)}</figcaption>
<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(title)}">${[...grid, ...ticks, ...paths].join('\n')}</svg>
<p class="legend">${legend.join(' ')}</p></figure>`;
}

/** Where the axis of time has its labels: a few of them, all at the same distance but perhaps for the last, and each once. */
function tickIndexes(count: number): readonly number[] {
  const step = Math.max(1, Math.ceil((count - 1) / ticksShown));
  const inner = Array.from({ length: Math.ceil((count - 1) / step) }, (_, n) => n * step);
  // Two labels that touch each other cannot be read.
  const isTooNear = count - 1 - (inner.at(-1) ?? 0) < step / 2;
  return [...(isTooNear && inner.length > 1 ? inner.slice(0, -1) : inner), count - 1];
}

/** The next number above whose quarters a reader likes at an axis. */
function niceMax(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1.2, 2, 4, 6, 8].find((factor) => factor * power >= value) ?? 12;
  return step * power;
}
