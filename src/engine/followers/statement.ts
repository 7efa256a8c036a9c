import { createHash } from 'node:crypto';

/** A prepared statement with its values. Equal texts have equal names, on every node. */
export interface Statement {
  readonly name: string;
  readonly text: string;
  readonly values: readonly unknown[];
}

const names = new Map<string, string>();

/** The set of texts is that of the code, so the memory of their names is bounded by it. */
export function statement(text: string, values: readonly unknown[]): Statement {
  let name = names.get(text);
  if (name === undefined) {
    name = `f_${createHash('sha256').update(text).digest('hex').slice(0, 24)}`;
    names.set(text, name);
  }
  return { name, text, values };
}
