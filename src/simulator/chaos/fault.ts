import { type Random } from '../plan/random.js';
import { type Fleet } from '../target/fleet.js';

/** What a fault is begun with. */
export interface Scene {
  readonly fleet: Fleet;
  readonly random: Random;
  /** How long what it begins is to last. */
  readonly forMs: number;
  /** A folder of another release, for an upgrade in the middle; null: none was given. */
  readonly upgradeTo: string | null;
}

/** What was begun: to whom it happened, and how it ends. */
export interface Begun {
  readonly target: string;
  /** Resolves once it is over and what was ended is ready again. */
  end(): Promise<void>;
}

/** A thing that goes wrong under an engine, on purpose. */
export interface Fault {
  /** As the option names it. */
  readonly name: string;
  /** In a report, of what it does. */
  readonly about: string;
  /** From it beginning to its being ended, the shortest and the longest; what takes time by itself comes on top. */
  readonly lastsMs: readonly [number, number];
  /** Null where it can be done here; otherwise why not. */
  readonly obstacle: (scene: Pick<Scene, 'fleet' | 'upgradeTo'>) => string | null;
  readonly begin: (scene: Scene) => Promise<Begun>;
}

/** One of them, by the seed. */
export function oneOf<Item>(items: readonly Item[], random: Random): Item {
  const item = items[random.between(0, items.length - 1)];
  if (item === undefined) throw new RangeError('there is nothing to choose from');
  return item;
}

export const possible = (): null => null;

export const moments = {
  /** Over as soon as it is done. */
  none: [0, 0],
  /** What is down comes back. */
  short: [0, 1_500],
  /** Longer than calls, leases and terms take. */
  long: [2_000, 8_000],
} as const;
