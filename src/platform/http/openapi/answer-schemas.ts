/** A JSON schema (2020-12) of something that is answered. One with a `title` stands once in the document, under it. */
export type Schema = Readonly<Record<string, unknown>>;

type Properties = Readonly<Record<string, Schema>>;

export const text: Schema = { type: 'string' };
export const whole: Schema = { type: 'integer' };
export const count: Schema = { type: 'integer', minimum: 0 };
export const decimal: Schema = { type: 'number' };
export const flag: Schema = { type: 'boolean' };
export const uuid: Schema = { type: 'string', format: 'uuid' };
export const instant: Schema = { type: 'string', format: 'date-time' };
export const anyJson: Schema = { 'x-bound': 'Any JSON.' };
export const anyObject: Schema = { type: 'object' };
export const yes: Schema = { type: 'boolean', const: true };

export const oneOf = (...values: readonly string[]): Schema => ({ type: 'string', enum: values });

/** Choices that have a name of their own, which generated types take over. */
export const choices = (title: string, ...values: readonly string[]): Schema => ({ title, ...oneOf(...values) });

export const listOf = (items: Schema): Schema => ({ type: 'array', items });

export const mapOf = (values: Schema): Schema => ({ type: 'object', additionalProperties: values });

export function nullable(schema: Schema): Schema {
  const { type, enum: values } = schema;
  if (typeof type !== 'string' || schema['title'] !== undefined) return { anyOf: [schema, { type: 'null' }] };
  return {
    ...schema,
    type: [type, 'null'],
    ...(Array.isArray(values) ? { enum: [...(values as unknown[]), null] } : {}),
  };
}

/** An object with a name of its own. Members in `sometimes` may be absent, all others never are. */
export const shape = (title: string, always: Properties, sometimes: Properties = {}): Schema => ({
  title,
  type: 'object',
  properties: { ...always, ...sometimes },
  required: Object.keys(always),
});

/** The members of such an object. */
export const propertiesOf = ({ properties }: Schema): Properties => (properties ?? {}) as Properties;

/** Every list is answered so. */
export const pageOf = (title: string, item: Schema): Schema =>
  shape(title, {
    items: listOf(item),
    next_cursor: nullable(text),
  });

export const problemSchema = shape(
  'Problem',
  {
    type: text,
    title: text,
    status: { type: 'integer', minimum: 400, maximum: 599 },
    detail: text,
    instance: text,
    code: { type: 'string', pattern: '^RFA_[A-Z_]+$' },
  },
  {
    errors: listOf(shape('Fault', { pointer: text, detail: text })),
  },
);
