import { type Conduct } from '../workers/conduct.js';
import { type Arrivals } from './arrivals.js';
import { catalogMix } from './catalog-mix.js';
import { type WorkItem } from './work-item.js';

/** A kind of traffic, as data. */
export interface Profile {
  /** How many clients send, unless the run says otherwise. */
  readonly clients: number;
  /** When the submits of one client come. */
  readonly arrivals: Arrivals;
  /** Of the first client, where it is not one like the others. */
  readonly noisyArrivals?: Arrivals;
  readonly mix: readonly WorkItem[];
  /** How the simulator's workers behave. */
  readonly conduct: readonly { readonly weight: number; readonly conduct: Conduct }[];
  /** Out of a thousand submits, how many come malformed on top. */
  readonly malformedPerThousand: number;
  /** How many submits of several jobs at once come from one client. */
  readonly batches: Arrivals;
  /** Of the jobs, how many name a callback. */
  readonly callbackShare: number;
  /** The invariants that a run of it has a case for at least; a run that had none for one of them has not passed. */
  readonly exercises: 'all' | readonly string[];
}

const mostlyGood = [
  { weight: 80, conduct: 'well' },
  { weight: 4, conduct: 'fail' },
  { weight: 2, conduct: 'crash' },
  { weight: 1, conduct: 'crash before start' },
  { weight: 1, conduct: 'hang' },
  { weight: 4, conduct: 'zombie' },
  { weight: 3, conduct: 'slow heartbeat' },
  { weight: 4, conduct: 'complete twice' },
  { weight: 3, conduct: 'lose the answer' },
] as const satisfies Profile['conduct'];

const usual = {
  clients: 4,
  mix: catalogMix,
  conduct: mostlyGood,
  malformedPerThousand: 60,
  batches: { pattern: 'poisson', perSecond: 0.1 },
  callbackShare: 0.08,
  exercises: 'all',
} as const;

export const profiles = {
  standard: { ...usual, arrivals: { pattern: 'poisson', perSecond: 3 } },
  bursts: { ...usual, arrivals: { pattern: 'bursts', size: 25, everyMs: 8_000 } },
  ramp: { ...usual, arrivals: { pattern: 'ramp', fromPerSecond: 0.5, toPerSecond: 6 } },
  'noisy-tenant': {
    ...usual,
    arrivals: { pattern: 'steady', perSecond: 2 },
    noisyArrivals: { pattern: 'poisson', perSecond: 20 },
  },
} as const satisfies Readonly<Record<string, Profile>>;

export type ProfileName = keyof typeof profiles;

export const isProfileName = (name: string): name is ProfileName => Object.hasOwn(profiles, name);
