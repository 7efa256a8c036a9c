import { type Labels } from './metrics.js';

/** One object for each set of labels, so that the counts of a turn are gathered by it. There are as many as the capped names of their labels make. */
export class LabelSets {
  readonly #known = new Map<string, Map<string, Labels>>();

  constructor(private readonly make: (first: string, second: string) => Labels) {}

  of(first: string, second = ''): Labels {
    let sets = this.#known.get(first);
    if (sets === undefined) {
      sets = new Map();
      this.#known.set(first, sets);
    }
    let labels = sets.get(second);
    if (labels === undefined) {
      labels = this.make(first, second);
      sets.set(second, labels);
    }
    return labels;
  }
}
