import { type PlannedBatch } from './batch-plan.js';
import { rankedKind } from './catalog-mix.js';
import { Random } from './random.js';
import { type PlanOptions, requestOf } from './submit-plan.js';
import { type WorkItem } from './work-item.js';

const firstMs = 1_000;
const everyMs = 6_000;
/** Of one batch, in an order that is drawn. */
const priorities = [0, 2, 5, 5, 8, 9] as const;
/** Beyond the numbers of all other jobs. */
const firstNumber = 2_000_000;

const item: WorkItem = {
  weight: 1,
  work: { by: 'own workers', kind: rankedKind, workMs: [5, 20] },
  retry: { maxAttempts: 6, backoffBaseMs: 100, backoffMaxMs: 1_000 },
};

/** Batches of one kind that only a patient worker asks for, so that priorities decide who is first. */
export function* rankedPlan({ seed, clientIndex, forMs, targetUrl }: PlanOptions): Generator<PlannedBatch> {
  const random = new Random(seed, `priorities of client ${clientIndex}`);
  let count = firstNumber;
  for (let atMs = firstMs; atMs < forMs; atMs += everyMs) {
    const name = `s${seed}-c${clientIndex}-r${count - firstNumber + 1}`;
    const items = random.shuffled(priorities).map((priority, place) => {
      count += 1;
      const key = `${name}-${place}`;
      const request = requestOf(item, { count, key, clientIndex, targetUrl }, random);
      return { key, request: { ...request, priority }, delayMs: null };
    });
    yield { atMs, name, items };
  }
}
