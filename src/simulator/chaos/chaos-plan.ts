import { faultNames } from './faults.js';

/** One fault at a moment of its own. */
export interface ScriptedFault {
  readonly name: string;
  /** From the beginning of the traffic. */
  readonly atMs: number;
  readonly forMs: number | null;
}

/** What is to go wrong: by the seed, from a list of faults, or at moments of a script. */
export type ChaosPlan =
  | { readonly kind: 'random'; readonly names: readonly string[] }
  | { readonly kind: 'script'; readonly faults: readonly ScriptedFault[] }
  /** Traffic ends with the last of them. */
  | { readonly kind: 'kills'; readonly count: number };

const maxForMs = 120_000;

/** `all`, a list of names, or a script of `name@second` and `name@second+seconds`. Throws `RangeError` with what is wrong. */
export function chaosPlanFrom(text: string): ChaosPlan {
  if (text === 'all') return { kind: 'random', names: faultNames };
  const items = text.split(',').map((item) => item.trim());
  const isScript = items.some((item) => item.includes('@'));
  const scripted = items.map((item) => scriptedFrom(item, isScript));
  if (!isScript) return { kind: 'random', names: [...new Set(scripted.map(({ name }) => name))] };
  return { kind: 'script', faults: scripted.toSorted((one, other) => one.atMs - other.atMs) };
}

function scriptedFrom(item: string, isScript: boolean): ScriptedFault {
  const parts = /^([a-z-]+)(?:@(\d+(?:\.\d+)?)(?:\+(\d+(?:\.\d+)?))?)?$/.exec(item);
  const [, name = '', at, lasting] = parts ?? [];
  if (!faultNames.includes(name))
    throw new RangeError(`${item === '' ? 'an empty item' : item} is none of all, ${faultNames.join(', ')}`);
  if (isScript && at === undefined) throw new RangeError(`${item} says no moment, as the others do: ${item}@SECOND`);
  const forMs = lasting === undefined ? null : Number(lasting) * 1_000;
  if (forMs !== null && forMs > maxForMs) throw new RangeError(`${item} lasts longer than ${maxForMs / 1_000} s`);
  return { name, atMs: Number(at ?? 0) * 1_000, forMs };
}

/** Whether a fault can come in it. */
export function canCome(plan: ChaosPlan, name: string): boolean {
  if (plan.kind === 'kills') return name === 'kill';
  return plan.kind === 'script' ? plan.faults.some((fault) => fault.name === name) : plan.names.includes(name);
}
