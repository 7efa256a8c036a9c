import { isIP } from 'node:net';

/** Addresses by name, in lower case and without a dot at the end, as a hosts file lists them. */
export type Hosts = ReadonlyMap<string, readonly string[]>;

/** Reads the text of a hosts file. What is not an address and names is passed over, as every resolver does. */
export function hostsIn(text: string): Hosts {
  const hosts = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const [address = '', ...names] = (line.split('#', 1)[0] ?? '').trim().split(/\s+/);
    if (isIP(address) === 0) continue;
    for (const name of names.map(bare)) {
      const known = hosts.get(name) ?? [];
      if (!known.includes(address)) known.push(address);
      hosts.set(name, known);
    }
  }
  return hosts;
}

/** How names are completed: the part of `resolv.conf` that is not about servers. */
export interface SearchRules {
  /** Domains that are tried behind a name, in this order. */
  readonly domains: readonly string[];
  /** A name with so many dots is tried as it is before the domains, and one with fewer after them. */
  readonly minDots: number;
}

const maxMinDots = 15;

/** Reads `search`, `domain` and `options ndots:n` out of the text of a `resolv.conf`; of the first two the last one counts. */
export function searchRulesIn(text: string): SearchRules {
  let domains: readonly string[] = [];
  let minDots = 1;
  for (const line of text.split('\n')) {
    const [word, ...values] = line.trim().split(/\s+/);
    if (word === 'search') domains = values.map(bare).filter((domain) => domain !== '');
    else if (word === 'domain') domains = values.slice(0, 1).map(bare);
    else if (word === 'options')
      for (const option of values) {
        const dots = /^ndots:(\d{1,3})$/.exec(option)?.[1];
        if (dots !== undefined) minDots = Math.min(maxMinDots, Number(dots));
      }
  }
  return { domains, minDots };
}

/** The names to ask for, one after the other until one is there. */
export function questionsFor(name: string, { domains, minDots }: SearchRules): readonly string[] {
  if (name.endsWith('.')) return [name];
  const completed = domains.map((domain) => `${name}.${domain}`);
  return name.split('.').length - 1 >= minDots ? [name, ...completed] : [...completed, name];
}

const bare = (name: string): string => name.toLowerCase().replace(/\.$/, '');
