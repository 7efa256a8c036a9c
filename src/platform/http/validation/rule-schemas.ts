import { type MendedTextRule, type QueryListRule, type QueryRange, type StringMapLimits } from './request.rules.js';

/** JSON Schema 2020-12, as far as requests need it. */
export interface JsonSchema {
  /** The request class that it was drawn from. */
  title?: string;
  type?: string | string[];
  enum?: unknown[];
  pattern?: string;
  format?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  items?: JsonSchema;
  minItems?: number;
  maxItems?: number;
  uniqueItems?: boolean;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  additionalProperties?: boolean | JsonSchema;
  propertyNames?: JsonSchema;
  maxProperties?: number;
  'x-raw-json'?: { readonly maxBytes: number };
  /** Beyond its bound it is cut, not refused. */
  'x-mended-text'?: MendedTextRule;
}

/** What one decorator says about a value, by the name class-validator files it under. */
export const ruleSchemas: Readonly<Record<string, (constraints: readonly unknown[]) => JsonSchema>> = {
  isString: () => ({ type: 'string' }),
  isInt: () => ({ type: 'integer' }),
  isNumber: () => ({ type: 'number' }),
  isBoolean: () => ({ type: 'boolean' }),
  isObject: () => ({ type: 'object' }),
  isArray: () => ({ type: 'array' }),
  isIn: ([choices]) => ({ enum: [...(choices as readonly unknown[])] }),
  isEnum: ([, values]) => ({ enum: [...(values as readonly unknown[])] }),
  matches: ([pattern]) => ({ type: 'string', pattern: sourceOf(pattern as RegExp) }),
  isLength: ([minLength, maxLength]) => ({
    type: 'string',
    minLength: minLength as number,
    ...(maxLength === undefined ? {} : { maxLength: maxLength as number }),
  }),
  minLength: ([minLength]) => ({ type: 'string', minLength: minLength as number }),
  maxLength: ([maxLength]) => ({ type: 'string', maxLength: maxLength as number }),
  isNotEmpty: () => ({ type: 'string', minLength: 1 }),
  min: ([minimum]) => ({ minimum: minimum as number }),
  max: ([maximum]) => ({ maximum: maximum as number }),
  isPositive: () => ({ exclusiveMinimum: 0 }),
  arrayMinSize: ([minItems]) => ({ type: 'array', minItems: minItems as number }),
  arrayMaxSize: ([maxItems]) => ({ type: 'array', maxItems: maxItems as number }),
  arrayNotEmpty: () => ({ type: 'array', minItems: 1 }),
  arrayUnique: () => ({ type: 'array', uniqueItems: true }),
  isUuid: () => ({ type: 'string', format: 'uuid' }),
  isIso8601: () => ({ type: 'string', format: 'date-time' }),
  isDateString: () => ({ type: 'string', format: 'date-time' }),
  isRFC3339: () => ({ type: 'string', format: 'date-time' }),
  isUrl: () => ({ type: 'string', format: 'uri' }),
  isRawJson: ([options]) => ({ 'x-raw-json': options as { readonly maxBytes: number } }),
  isMendedText: ([rule]) => ({ type: 'string', 'x-mended-text': rule as MendedTextRule }),
  isStringMap: ([limits]) => stringMap(limits as StringMapLimits),
  isQueryInt: ([range]) => {
    const { min, max } = range as QueryRange;
    return { type: 'integer', minimum: min, maximum: max };
  },
  isQueryBoolean: () => ({ type: 'boolean' }),
  isQueryInstant: () => ({ type: 'string', format: 'date-time' }),
  isQueryList: ([rule]) => {
    const { maxItems, pattern, choices } = rule as QueryListRule;
    const items: JsonSchema = {
      type: 'string',
      ...(pattern === undefined ? {} : { pattern: sourceOf(pattern) }),
      ...(choices === undefined ? {} : { enum: [...choices] }),
    };
    return { type: 'array', minItems: 1, maxItems, items };
  },
};

const stringMap = ({ maxEntries, maxKeyLength, maxValueLength }: StringMapLimits): JsonSchema => ({
  type: 'object',
  maxProperties: maxEntries,
  propertyNames: { type: 'string', minLength: 1, maxLength: maxKeyLength },
  additionalProperties: { type: 'string', maxLength: maxValueLength },
});

function sourceOf(pattern: RegExp): string {
  if (pattern.flags.replace('u', '') !== '')
    throw new TypeError(`the flags of ${String(pattern)} cannot be said in a JSON schema`);
  return pattern.source;
}
