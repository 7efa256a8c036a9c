import { boundOf } from '../validation/mended-text.js';
import { type TextBound } from '../validation/request.rules.js';
import { type Schema } from './answer-schemas.js';
import { descriptionFor, type Descriptions, withDescription } from './descriptions.js';

/** Gathers schemas that have a name, so that each stands once in the document and is referred to elsewhere. */
export class Components {
  readonly #gathered = new Map<string, Schema>();

  /** `members` hold schemas that the modules of their owners do not know, by `CreateScheduleRequest.job`. */
  constructor(
    private readonly descriptions: Descriptions,
    private readonly members: Readonly<Record<string, Schema>>,
  ) {}

  /**
   * The schema as the document says it where it is used; `owner` is the title of the one that it is a part of. Throws
   * where two schemas go by one name.
   */
  use(schema: Schema, owner = ''): Schema {
    const { title } = schema;
    if (typeof title !== 'string') return this.#written(schema, owner);
    const written = withDescription(this.#written(schema, title), this.descriptions[title]);
    const known = this.#gathered.get(title);
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(written))
      throw new TypeError(`two different schemas are called ${title}`);
    this.#gathered.set(title, written);
    return { $ref: `#/components/schemas/${title}` };
  }

  schemas(): Readonly<Record<string, Schema>> {
    return Object.fromEntries([...this.#gathered].sort(([one], [other]) => (one < other ? -1 : 1)));
  }

  /** A member of the owner, with its description. */
  member(owner: string, name: string, schema: Schema): Schema {
    const known = this.members[`${owner}.${name}`] ?? schema;
    return withDescription(this.use(known, owner), descriptionFor(this.descriptions, owner, name));
  }

  #written(schema: Schema, owner: string): Schema {
    const raw = schema['x-raw-json'] as { readonly maxBytes: number } | undefined;
    if (raw !== undefined) return { 'x-bound': `Any JSON, at most ${raw.maxBytes} bytes.` };
    const { 'x-mended-text': mended, ...rest } = schema;
    if (mended !== undefined) return { ...rest, 'x-bound': `Cut after ${boundOf(mended as TextBound)}.` };
    const parts = Object.entries(schema).map(([keyword, value]) => [keyword, this.#part(keyword, value, owner)]);
    return explicit(Object.fromEntries(parts) as Schema);
  }

  #part(keyword: string, value: unknown, owner: string): unknown {
    switch (keyword) {
      case 'properties':
        return Object.fromEntries(
          Object.entries(value as Readonly<Record<string, Schema>>).map(([name, each]) => [
            name,
            this.member(owner, name, each),
          ]),
        );
      case 'items':
      case 'propertyNames':
      case 'additionalProperties':
        return typeof value === 'boolean' ? value : this.use(value as Schema, owner);
      case 'anyOf':
      case 'oneOf':
      case 'allOf':
        return (value as readonly Schema[]).map((each) => this.use(each, owner));
      default:
        return value;
    }
  }
}

/** Choices say of which type they are, and open objects that they are open: generators do not work it out by themselves. */
function explicit(schema: Schema): Schema {
  const { enum: values, type, properties, additionalProperties } = schema;
  if (type === 'object' && properties === undefined && additionalProperties === undefined)
    return { ...schema, additionalProperties: true };
  if (!Array.isArray(values) || type !== undefined) return schema;
  const types = [...new Set((values as readonly unknown[]).map((value) => (value === null ? 'null' : typeof value)))];
  return { type: types.length === 1 ? types[0] : types, ...schema };
}
