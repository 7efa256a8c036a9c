import { boundOf } from '../validation/mended-text.js';
import type { TextBound } from '../validation/request.rules.js';
import { type Schema } from './answer-schemas.js';

/** Gathers schemas that have a name, so that each stands once in the document and is referred to elsewhere. */
export class Components {
  private readonly gathered = new Map<string, Schema>();

  /** The schema as the document says it where it is used. Throws where two schemas go by one name. */
  use(schema: Schema): Schema {
    const { title } = schema;
    const written = this.written(schema);
    if (typeof title !== 'string') return written;
    const known = this.gathered.get(title);
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(written))
      throw new TypeError(`two different schemas are called ${title}`);
    this.gathered.set(title, written);
    return { $ref: `#/components/schemas/${title}` };
  }

  schemas(): Readonly<Record<string, Schema>> {
    return Object.fromEntries([...this.gathered].sort(([one], [other]) => (one < other ? -1 : 1)));
  }

  private written(schema: Schema): Schema {
    const raw = schema['x-raw-json'] as { readonly maxBytes: number } | undefined;
    if (raw !== undefined) return { description: `Any JSON, at most ${raw.maxBytes} bytes.` };
    const { 'x-mended-text': mended, ...rest } = schema;
    if (mended !== undefined) return { ...rest, description: `Cut after ${boundOf(mended as TextBound)}.` };
    return Object.fromEntries(Object.entries(schema).map(([keyword, value]) => [keyword, this.part(keyword, value)]));
  }

  private part(keyword: string, value: unknown): unknown {
    switch (keyword) {
      case 'properties':
        return Object.fromEntries(
          Object.entries(value as Readonly<Record<string, Schema>>).map(([name, each]) => [name, this.use(each)]),
        );
      case 'items':
      case 'propertyNames':
      case 'additionalProperties':
        return typeof value === 'boolean' ? value : this.use(value as Schema);
      case 'anyOf':
      case 'oneOf':
      case 'allOf':
        return (value as readonly Schema[]).map((each) => this.use(each));
      default:
        return value;
    }
  }
}
