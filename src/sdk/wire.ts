/** Members that belong to the user: what is inside them is not ours to rename. */
const opaque: ReadonlySet<string> = new Set(['payload', 'result', 'tags', 'data', 'headers']);

/** Turns the wire's snake_case names into camelCase, all the way down to what belongs to the user. */
export const fromWire = (text: string): unknown => renamed(JSON.parse(text), camel);

export const toWire = (value: unknown): string => JSON.stringify(renamed(value, snake));

function renamed(value: unknown, name: (name: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => renamed(item, name));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      name(key),
      opaque.has(key) ? (member as unknown) : renamed(member, name),
    ]),
  );
}

const camel = (name: string): string => name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
