/** Members that belong to the user: what is inside them is not ours to rename. */
const opaque: ReadonlySet<string> = new Set(['payload', 'result', 'tags', 'data', 'headers']);

/** Turns the wire's snake_case names into camelCase, all the way down to what belongs to the user. */
export const fromWire = (text: string): unknown => renamed(JSON.parse(text), camel);

export const toWire = (value: unknown): string => JSON.stringify(renamed(value, snake));

function renamed(value: unknown, name: (name: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => renamed(item, name));
  if (typeof value !== 'object' || value === null) return value;
  const members: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    const member: unknown = value[key as keyof typeof value];
    members[name(key)] = opaque.has(key) ? member : renamed(member, name);
  }
  return members;
}

/** How many names are kept: those of the API are few; beyond so many they come from elsewhere. */
const maxKept = 1000;

function remembering(rename: (name: string) => string): (name: string) => string {
  const known = new Map<string, string>();
  return (name) => {
    const before = known.get(name);
    if (before !== undefined) return before;
    const renamedTo = rename(name);
    if (known.size < maxKept) known.set(name, renamedTo);
    return renamedTo;
  };
}

const camel = remembering((name) => name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase()));

const snake = remembering((name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));
