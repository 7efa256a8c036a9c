import { type Counter, type Histogram, type Meter, type Observable } from '@opentelemetry/api';
import { builtInKinds } from '../../kernel/work-kinds.js';
import { type LabelBounds, LabelCap } from './label-cap.js';
import { metricCatalog, type MetricName, type MetricSpec } from './metric-catalog.js';

type Catalog = typeof metricCatalog;
type NamesOf<Wanted> = { [Name in MetricName]: Catalog[Name] extends Wanted ? Name : never }[MetricName];
type CounterName = NamesOf<{ readonly type: 'counter' }>;
type HistogramName = NamesOf<{ readonly type: 'histogram' }>;

export type Labels = Readonly<Record<string, string>>;

/** Says one value of a metric that is read rather than counted. */
export type Observe = (name: MetricName, value: number, labels?: Labels) => void;

const nameBounds: LabelBounds = { maxPerClient: 50, maxValues: 500, reserve: 5, maxReserves: 100 };

const none: Labels = {};

/** Counts and measures what the catalogue names. Every process counts what it did itself, and only once. */
export class Metrics {
  readonly #counters = new Map<string, Counter>();
  readonly #histograms = new Map<string, Histogram>();
  readonly #observables = new Map<string, Observable>();
  /**
   * Counts of this turn of the event loop: a batch of jobs is handed on as a few numbers. By the very object that holds
   * the labels, so code that counts often keeps one for each set of them.
   */
  readonly #counted = new Map<Labels, Map<CounterName, number>>();
  readonly #queues = new LabelCap(nameBounds, ['default']);
  readonly #workKinds = new LabelCap(nameBounds, builtInKinds);

  constructor(private readonly meter: Meter) {
    for (const [name, spec] of Object.entries<MetricSpec>(metricCatalog)) this.#make(name, spec);
  }

  add(name: CounterName, labels: Labels = none, count = 1): void {
    let counts = this.#counted.get(labels);
    if (counts === undefined) {
      if (this.#counted.size === 0)
        setImmediate(() => {
          this.flush();
        });
      counts = new Map();
      this.#counted.set(labels, counts);
    }
    counts.set(name, (counts.get(name) ?? 0) + count);
  }

  /** Hands on what has been counted; before a collection, and by itself after every turn of the event loop. */
  flush(): void {
    for (const [labels, counts] of this.#counted)
      for (const [name, count] of counts) this.#counters.get(name)?.add(count, labels);
    this.#counted.clear();
  }

  record(name: HistogramName, value: number, labels: Labels = none): void {
    this.#histograms.get(name)?.record(value, labels);
  }

  /** Calls `read` whenever metrics are collected, and takes from it the values of these. */
  read(names: readonly MetricName[], read: (observe: Observe) => void | Promise<void>): void {
    const observed = new Map(names.map((name) => [name, this.#observableOf(name)]));
    this.meter.addBatchObservableCallback(
      async (result) => {
        await read((name, value, labels = {}) => {
          const observable = observed.get(name);
          if (observable !== undefined) result.observe(observable, value, labels);
        });
      },
      [...observed.values()],
    );
  }

  /** The name of a client's queue as a label. */
  queue(clientId: string, name: string): string {
    return this.#queues.of(clientId, name);
  }

  /** A work kind of a client as a label. */
  workKind(clientId: string, name: string): string {
    return this.#workKinds.of(clientId, name);
  }

  #observableOf(name: MetricName): Observable {
    const observable = this.#observables.get(name);
    if (observable === undefined) throw new TypeError(`${name} is counted, not read`);
    return observable;
  }

  #make(name: string, { type, unit, help, otel = name, buckets, isRead, startsWith = [] }: MetricSpec): void {
    const options = { unit, description: help };
    if (type === 'histogram') {
      const advice = { explicitBucketBoundaries: [...(buckets ?? [])] };
      this.#histograms.set(name, this.meter.createHistogram(otel, { ...options, advice }));
    } else if (isRead === true) {
      const observable =
        type === 'counter'
          ? this.meter.createObservableCounter(otel, options)
          : this.meter.createObservableGauge(otel, options);
      this.#observables.set(name, observable);
    } else {
      const counter = this.meter.createCounter(otel, options);
      for (const labels of startsWith) counter.add(0, labels);
      this.#counters.set(name, counter);
    }
  }
}
