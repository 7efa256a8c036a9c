import { type SubmitRequest } from '../../sdk/model.js';
import { arrivalsIn } from './arrivals.js';
import { type MalformedSubmit, malformedSubmits } from './malformed-submits.js';
import { Random } from './random.js';
import { callbacksOf, drawnOrNull, type PlanOptions, prioritiesOf, requestOf } from './submit-plan.js';

/** Several jobs that a client submits in one call. */
export interface PlannedBatch {
  readonly atMs: number;
  readonly name: string;
  readonly items: readonly PlannedItem[];
}

export type PlannedItem = PlannedBatchJob | { readonly malformed: MalformedSubmit };

interface PlannedBatchJob {
  readonly key: string;
  readonly request: SubmitRequest;
  readonly delayMs: number | null;
}

const sizes = [2, 12] as const;
/** How often the first of a batch is its last one once more. */
const repeatShare = 0.3;
/** Beyond the numbers of jobs that come alone: workers treat a job by its number. */
const firstNumber = 1_000_000;
/** In a batch there is only what is JSON: anything else is no batch. */
const malformedItems = malformedSubmits.filter(({ bodyText }) => isJson(bodyText));

/** All batches that one client sends, in order. */
export function* batchPlan(options: PlanOptions): Generator<PlannedBatch> {
  const { profile, seed, clientIndex, forMs, targetUrl } = options;
  const random = new Random(seed, `batches of client ${clientIndex}`);
  const moments = new Random(seed, `arrivals of batches at client ${clientIndex}`);
  const callbacks = callbacksOf('batches', options);
  const priorities = prioritiesOf('batches', options);
  let count = firstNumber;
  for (const atMs of arrivalsIn(forMs, profile.batches, moments)) {
    const name = `s${seed}-c${clientIndex}-b${count - firstNumber + 1}`;
    const items = Array.from({ length: random.between(...sizes) }, (_, place) => item(`${name}-${place}`));
    const [first] = items;
    if (first !== undefined && random.happens(repeatShare)) items.push(first);
    yield { atMs, name, items };
  }

  function item(key: string): PlannedItem {
    count += 1;
    if (random.happens(profile.malformedPerThousand / 1_000)) return { malformed: random.weighted(malformedItems) };
    const drawn = random.weighted(profile.mix);
    const asked = requestOf(drawn, { count, key, clientIndex, targetUrl }, random);
    const request = { ...asked, ...callbacks(key), ...priorities() };
    return { key, request, delayMs: drawnOrNull(drawn.delayMs, random) };
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
