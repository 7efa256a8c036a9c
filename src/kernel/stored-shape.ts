import { asJsonText, type JsonText } from './json-text.js';

/** Turns the members of one schema into those of the next. Pure and total: it never throws and never asks. */
export type SchemaStep = (members: object) => object;

/** A value as it is kept outside the log's own events: its text, and the number of the schema it was written in. */
interface StoredText {
  readonly schema: number;
  readonly text: JsonText;
}

/**
 * A shape that is kept as JSON text, and read by builds that come later. Its schema is 1 and one more for each step: a shape
 * that changes gets a step from what it was, and what was kept before goes on being read.
 */
export class StoredShape<Value extends object> {
  constructor(
    private readonly name: string,
    private readonly steps: readonly SchemaStep[] = [],
  ) {}

  /** What is written now. */
  get schema(): number {
    return this.steps.length + 1;
  }

  write(value: Value): StoredText {
    return { schema: this.schema, text: asJsonText(JSON.stringify(value)) };
  }

  /** Throws for a schema that only a newer build knows. */
  read({ schema, text }: StoredText): Value {
    if (!Number.isSafeInteger(schema) || schema < 1 || schema > this.schema)
      throw new Error(`${this.name} is kept in schema ${schema}; this ForgeRun knows those up to ${this.schema}`);
    let members = JSON.parse(text) as object;
    for (const step of this.steps.slice(schema - 1)) members = step(members);
    return members as Value;
  }
}
