import { escaped } from './html-text.js';

interface BarGroup {
  readonly name: string;
  readonly bars: readonly { readonly value: number; readonly color: string; readonly label: string }[];
}

const width = 860;
const nameWidth = 230;
const labelWidth = 120;
const barHeight = 14;
const groupGap = 12;

/** Bars beside each other in groups, as SVG, on a scale of powers of ten where values lie far apart. */
export function barChart(
  title: string,
  groups: readonly BarGroup[],
  legend: readonly (readonly [string, string])[],
): string {
  const values = groups.flatMap(({ bars }) => bars.map(({ value }) => value));
  const { isByPowers, of: scale } = scaleOf(values);
  let y = 4;
  const drawn = groups.map(({ name, bars }) => {
    const middle = y + (bars.length * barHeight) / 2 + 4;
    const rows = bars.map(({ value, color, label }) => {
      const length = Math.max(2, scale(value) * (width - nameWidth - labelWidth));
      const row = `<rect x="${nameWidth}" y="${y}" width="${length.toFixed(1)}" height="${barHeight - 3}" rx="2" fill="${color}"/>
<text x="${(nameWidth + length + 6).toFixed(1)}" y="${y + 10}">${escaped(label)}</text>`;
      y += barHeight;
      return row;
    });
    y += groupGap;
    return `<text x="${nameWidth - 10}" y="${middle}" text-anchor="end">${escaped(name)}</text>${rows.join('')}`;
  });
  const keys = legend.map(([name, color]) => `<span><i style="background:${color}"></i>${escaped(name)}</span>`);
  const note = isByPowers ? ' <small>each power of ten takes the same room</small>' : '';
  return `<figure><figcaption>${escaped(title)}${note}</figcaption>
<svg viewBox="0 0 ${width} ${y}" role="img" aria-label="${escaped(title)}">${drawn.join('\n')}</svg>
<p class="legend">${keys.join(' ')}</p></figure>`;
}

interface Scale {
  readonly isByPowers: boolean;
  /** From a value to a share of the width. */
  readonly of: (value: number) => number;
}

/** Beyond two powers of ten each of them takes the same room. */
function scaleOf(values: readonly number[]): Scale {
  const max = Math.max(1, ...values);
  const min = Math.min(max, ...values.filter((value) => value > 0));
  if (max / min < 100) return { isByPowers: false, of: (value) => value / max };
  const base = Math.log10(min) - 0.5;
  const whole = Math.log10(max) - base;
  return { isByPowers: true, of: (value) => (value <= 0 ? 0 : Math.max(0, (Math.log10(value) - base) / whole)) };
}
