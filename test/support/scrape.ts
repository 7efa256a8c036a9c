/** One sample of a scrape. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface ScrapedMetric {
  readonly type: string;
  readonly help: string;
  readonly samples: readonly Sample[];
}

/** What a scrape says, by the name of each metric. Reads the text strictly, as Prometheus would. */
export function readScrape(text: string): ReadonlyMap<string, ScrapedMetric> {
  const metrics = new Map<string, { type: string; help: string; samples: Sample[] }>();
  for (const line of text.split('\n').filter((each) => each !== '')) {
    const [, kind, about = '', rest = ''] = /^# (HELP|TYPE) ([a-zA-Z_:][\w:]*) ?(.*)$/.exec(line) ?? [];
    if (kind !== undefined) {
      const metric = metrics.get(about) ?? { type: '', help: '', samples: [] };
      metrics.set(about, metric);
      if (kind === 'HELP') metric.help = rest;
      else metric.type = rest;
      continue;
    }
    const sample = readSample(line);
    const owner = metrics.get(sample.name) ?? metrics.get(sample.name.replace(/_(bucket|sum|count)$/, ''));
    if (owner === undefined) throw new Error(`a sample without a type: ${line}`);
    owner.samples.push(sample);
  }
  return metrics;
}

function readSample(line: string): Sample {
  const [, name, inner = '', value] = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
  if (name === undefined) throw new Error(`not a sample: ${line}`);
  const labels: Record<string, string> = {};
  let left = inner;
  while (left !== '') {
    const [whole, label, text] = /^([a-zA-Z_]\w*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/.exec(left) ?? [];
    if (whole === undefined || label === undefined) throw new Error(`not a label: ${line}`);
    labels[label] = (text ?? '').replace(/\\(["\\n])/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped));
    left = left.slice(whole.length);
  }
  return { name, labels, value: value === '+Inf' ? Infinity : value === '-Inf' ? -Infinity : Number(value) };
}

/** The sum of all samples of a name with at least these labels. */
export function total(text: string, name: string, labels: Readonly<Record<string, string>> = {}): number {
  return samplesOf(text, name, labels).reduce((sum, { value }) => sum + value, 0);
}

export const samplesOf = (
  text: string,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): readonly Sample[] =>
  [...readScrape(text).values()]
    .flatMap(({ samples }) => samples)
    .filter((each) => each.name === name && Object.entries(labels).every(([key, value]) => each.labels[key] === value));
