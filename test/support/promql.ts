import { readScrape, type Sample } from './scrape.js';

/** A scrape and when it was made, in seconds. */
export interface Moment {
  readonly at: number;
  readonly text: string;
}

type Labels = Readonly<Record<string, string>>;
type Point = Pick<Sample, 'labels' | 'value'>;
type Vector = readonly Point[];
type Value = number | Vector;

const token =
  /\s*(?:(\d+(?:\.\d+)?)|([a-zA-Z_:][\w:]*)|("(?:[^"\\]|\\.)*")|(\[[^\]]+\])|(==|!=|>=|<=|=~|!~|[-+*/<>=(){},]))/y;

/**
 * As much of PromQL as our alerts and dashboards use, over a few scrapes. As in Prometheus, a series counts for `rate`
 * and `increase` only from its second sample on, and a comparison keeps the series for which it is true.
 */
export function evaluate(expression: string, moments: readonly Moment[]): Value {
  const parser = new Parser(tokensOf(expression), moments);
  return parser.whole();
}

/** Whether an alert with this expression would be pending or firing. */
export function isTrue(expression: string, moments: readonly Moment[]): boolean {
  const value = evaluate(expression, moments);
  return typeof value === 'number' ? value !== 0 : value.length > 0;
}

/** Names of metrics that an expression reads. */
export function metricsIn(expression: string): readonly string[] {
  const tokens = tokensOf(expression.replace(/\b(by|on|without)\s*\([^)]*\)/g, '').replace(/\{[^}]*\}/g, ''));
  return tokens.filter((each, index) => /^[a-zA-Z_:]/.test(each) && tokens[index + 1] !== '(' && each !== 'and');
}

function tokensOf(expression: string): readonly string[] {
  const tokens: string[] = [];
  for (token.lastIndex = 0; token.lastIndex < expression.trimEnd().length;) {
    const found = token.exec(expression);
    if (found === null) throw new Error(`not understood: ${expression}`);
    tokens.push(found[0].trim());
  }
  return tokens;
}

class Parser {
  #place = 0;

  constructor(
    private readonly tokens: readonly string[],
    private readonly moments: readonly Moment[],
  ) {}

  whole(): Value {
    const value = this.#both();
    if (this.#place < this.tokens.length) throw new Error(`left over: ${this.tokens.slice(this.#place).join(' ')}`);
    return value;
  }

  #both(): Value {
    let left = this.#comparison();
    while (this.#takes('and')) {
      const on = this.#takes('on') ? this.#names() : null;
      const right = vector(this.#comparison());
      const keys = new Set(right.map(({ labels }) => keyOf(labels, on)));
      left = vector(left).filter(({ labels }) => keys.has(keyOf(labels, on)));
    }
    return left;
  }

  #comparison(): Value {
    const left = this.#quotient();
    const operator = this.tokens[this.#place];
    const holds = operator === undefined ? undefined : comparisons[operator];
    if (holds === undefined) return left;
    this.#place += 1;
    const right = this.#quotient();
    if (typeof right !== 'number') throw new Error('vectors are compared with numbers');
    if (typeof left === 'number') return holds(left, right) ? 1 : 0;
    return left.filter(({ value }) => holds(value, right));
  }

  #quotient(): Value {
    let left = this.#one();
    while (this.#takes('/')) {
      const right = this.#one();
      if (typeof left === 'number' || typeof right === 'number') throw new Error('only vectors are divided here');
      const divisors = new Map(right.map(({ labels, value }) => [keyOf(labels, null), value]));
      left = left.flatMap(({ labels, value }) => {
        const divisor = divisors.get(keyOf(labels, null));
        return divisor === undefined ? [] : [{ labels, value: value / divisor }];
      });
    }
    return left;
  }

  #one(): Value {
    const word = this.#next();
    if (/^\d/.test(word)) return Number(word);
    if (word === '(') return this.#until(')', this.#both());
    if (word === 'sum' || word === 'max' || word === 'min') return this.#aggregate(word);
    if (word === 'rate' || word === 'increase' || word === 'deriv') return this.#overTime(word);
    if (word === 'histogram_quantile') return this.#quantile();
    return this.#select(word, this.#matchers(), this.moments.at(-1));
  }

  #aggregate(kind: 'sum' | 'max' | 'min'): Vector {
    const by = this.#takes('by') ? this.#names() : [];
    this.#expect('(');
    const groups = new Map<string, { labels: Labels; values: number[] }>();
    for (const { labels, value } of vector(this.#until(')', this.#both()))) {
      const kept = Object.fromEntries(by.flatMap((name) => (labels[name] === undefined ? [] : [[name, labels[name]]])));
      const key = keyOf(kept, null);
      const group = groups.get(key) ?? { labels: kept, values: [] };
      groups.set(key, group);
      group.values.push(value);
    }
    return [...groups.values()].map(({ labels, values }) => ({ labels, value: folds[kind](values) }));
  }

  #overTime(kind: string): Vector {
    this.#expect('(');
    const name = this.#next();
    const matchers = this.#matchers();
    if (!this.#next().startsWith('[')) throw new Error(`${kind} wants a range`);
    this.#expect(')');
    const first = this.moments[0];
    const last = this.moments.at(-1);
    if (first === undefined || last === undefined) return [];
    const before = new Map(this.#select(name, matchers, first).map((each) => [keyOf(each.labels, null), each.value]));
    return this.#select(name, matchers, last).flatMap(({ labels, value }) => {
      const start = before.get(keyOf(labels, null));
      if (start === undefined) return [];
      // A counter that went back began anew.
      const grown = value >= start ? value - start : value;
      return [{ labels, value: kind === 'increase' ? grown : grown / Math.max(last.at - first.at, 1e-9) }];
    });
  }

  #quantile(): Vector {
    this.#expect('(');
    const wanted = Number(this.#next());
    this.#expect(',');
    const groups = new Map<string, { labels: Labels; buckets: { le: number; count: number }[] }>();
    for (const { labels, value } of vector(this.#until(')', this.#both()))) {
      const { le = '', ...rest } = labels;
      const group = groups.get(keyOf(rest, null)) ?? { labels: rest, buckets: [] };
      groups.set(keyOf(rest, null), group);
      group.buckets.push({ le: le === '+Inf' ? Infinity : Number(le), count: value });
    }
    return [...groups.values()].flatMap(({ labels, buckets }) => {
      const sorted = buckets.sort((a, b) => a.le - b.le);
      const all = sorted.at(-1)?.count ?? 0;
      if (all === 0) return [];
      const place = sorted.findIndex(({ count }) => count >= wanted * all);
      const above = sorted[place]?.le ?? Infinity;
      return [{ labels, value: above === Infinity ? (sorted.at(-2)?.le ?? 0) : above }];
    });
  }

  #select(name: string, matchers: readonly Matcher[], moment: Moment | undefined): Vector {
    if (moment === undefined) return [];
    return [...readScrape(moment.text).values()]
      .flatMap(({ samples }) => samples)
      .filter((each) => each.name === name && matchers.every((matches) => matches(each.labels)))
      .map(({ labels, value }) => ({ labels, value }));
  }

  #matchers(): readonly Matcher[] {
    if (!this.#takes('{')) return [];
    const found: Matcher[] = [];
    while (!this.#takes('}')) {
      const label = this.#next();
      const operator = this.#next();
      const wanted = JSON.parse(this.#next()) as string;
      found.push((labels) => matching[operator]?.(labels[label] ?? '', wanted) ?? false);
      this.#takes(',');
    }
    return found;
  }

  #names(): readonly string[] {
    this.#expect('(');
    const names: string[] = [];
    while (!this.#takes(')')) {
      names.push(this.#next());
      this.#takes(',');
    }
    return names;
  }

  #until(closing: string, value: Value): Value {
    this.#expect(closing);
    return value;
  }

  #takes(word: string): boolean {
    if (this.tokens[this.#place] !== word) return false;
    this.#place += 1;
    return true;
  }

  #expect(word: string): void {
    if (!this.#takes(word)) throw new Error(`${word} was expected, not ${this.tokens[this.#place] ?? 'the end'}`);
  }

  #next(): string {
    const word = this.tokens[this.#place];
    if (word === undefined) throw new Error('the expression ends too early');
    this.#place += 1;
    return word;
  }
}

type Matcher = (labels: Labels) => boolean;

const matching: Readonly<Record<string, (value: string, wanted: string) => boolean>> = {
  '=': (value, wanted) => value === wanted,
  '!=': (value, wanted) => value !== wanted,
  '=~': (value, wanted) => new RegExp(`^(?:${wanted})$`).test(value),
  '!~': (value, wanted) => !new RegExp(`^(?:${wanted})$`).test(value),
};

const comparisons: Readonly<Record<string, (left: number, right: number) => boolean>> = {
  '>': (left, right) => left > right,
  '<': (left, right) => left < right,
  '>=': (left, right) => left >= right,
  '<=': (left, right) => left <= right,
  '==': (left, right) => left === right,
  '!=': (left, right) => left !== right,
};

const folds: Readonly<Record<'sum' | 'max' | 'min', (values: readonly number[]) => number>> = {
  sum: (values) => values.reduce((total, value) => total + value, 0),
  max: (values) => Math.max(...values),
  min: (values) => Math.min(...values),
};

function vector(value: Value): Vector {
  if (typeof value === 'number') throw new Error('a number stands where series were expected');
  return value;
}

/** Labels that decide whether two series belong together: all of them, or only those named. */
const keyOf = (labels: Labels, on: readonly string[] | null): string =>
  Object.entries(labels)
    .filter(([name]) => on === null || on.includes(name))
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .sort()
    .join(',');
