import 'reflect-metadata';
import { ValidateBy, ValidateNested } from 'class-validator';
import { RawJson } from '../json/raw-json.js';
import { isInstantText } from './formats.js';

/** Any JSON, kept as text. Only members the body reader keeps so (`payload`, `result`) can be of this kind. */
export const IsRawJson = (options: { readonly maxBytes: number }): PropertyDecorator =>
  ValidateBy({
    name: 'isRawJson',
    constraints: [options],
    validator: { validate: (value) => value instanceof RawJson && value.byteLength <= options.maxBytes },
  });

export type MendedTextRule = TextBound & {
  /** Nothing said is what an empty text says. */
  readonly mayBeEmpty?: boolean;
};

/** How much of a text is kept: its first characters (code points), or its first bytes in UTF-8. */
export type TextBound = { readonly maxCharacters: number } | { readonly maxBytes: number };

/**
 * A text that a caller must always be able to send, such as the reason of a failure: what cannot be stored in it is
 * replaced, what is too long is cut, and the answer says so (`notesOn`). It is never refused for what it says.
 */
export const IsMendedText = (rule: MendedTextRule): PropertyDecorator =>
  ValidateBy({
    name: 'isMendedText',
    constraints: [rule],
    validator: { validate: (value) => typeof value === 'string' },
  });

const nestedClass = Symbol('nested class');

/** A member that is an object of another request class. A function, because classes may stand in any order. */
export const IsNested =
  (type: () => new () => object): PropertyDecorator =>
  (owner, property) => {
    ValidateNested()(owner, property);
    Reflect.defineMetadata(nestedClass, type, owner, property);
  };

/** A list of objects of another request class. */
export const IsListOf =
  (type: () => new () => object): PropertyDecorator =>
  (owner, property) => {
    ValidateNested({ each: true })(owner, property);
    Reflect.defineMetadata(nestedClass, type, owner, property);
  };

/** The class that a member of another one was declared with; undefined where none was. */
export function nestedClassAt(owner: object, property: string): (new () => object) | undefined {
  const type = Reflect.getMetadata(nestedClass, owner, property) as (() => new () => object) | undefined;
  return type?.();
}

export interface StringMapLimits {
  readonly maxEntries: number;
  readonly maxKeyLength: number;
  readonly maxValueLength: number;
}

/** An object whose values are strings, such as tags. */
export const IsStringMap = (limits: StringMapLimits): PropertyDecorator =>
  ValidateBy({
    name: 'isStringMap',
    constraints: [limits],
    validator: { validate: (value) => typeof value === 'object' && value !== null },
  });

/** A point in time as RFC 3339 text. */
export const IsInstantText = (): PropertyDecorator =>
  ValidateBy({
    name: 'isRFC3339',
    validator: { validate: (value) => typeof value === 'string' && isInstantText(value) },
  });

/** `null` is a value here; elsewhere it is a fault, and absence is said by absence. */
export const IsNullable = (): PropertyDecorator =>
  ValidateBy({ name: 'isNullable', validator: { validate: () => true } });

export interface QueryRange {
  readonly min: number;
  readonly max: number;
}

/** A whole number in a query; the property holds a number. */
export const IsQueryInt = (range: QueryRange): PropertyDecorator =>
  ValidateBy({ name: 'isQueryInt', constraints: [range], validator: { validate: Number.isInteger } });

/** `true` or `false` in a query; the property holds a boolean. */
export const IsQueryBoolean = (): PropertyDecorator =>
  ValidateBy({ name: 'isQueryBoolean', validator: { validate: (value) => typeof value === 'boolean' } });

/** RFC 3339 text in a query; the property holds an `Instant`. */
export const IsQueryInstant = (): PropertyDecorator =>
  ValidateBy({ name: 'isQueryInstant', validator: { validate: (value) => typeof value === 'number' } });

export interface QueryListRule {
  readonly maxItems: number;
  readonly pattern?: RegExp;
  /** Every text that it may hold. */
  readonly choices?: readonly string[];
}

/** A parameter that may come several times, or once with commas; the property holds strings. */
export const IsQueryList = (rule: QueryListRule): PropertyDecorator =>
  ValidateBy({ name: 'isQueryList', constraints: [rule], validator: { validate: Array.isArray } });

const failureKey = 'forgerun:fails-as';

/** The code a fault in this request is answered with, where it is not `RFA_REQUEST_MALFORMED`. */
export const FailsAs =
  (code: string): ClassDecorator =>
  (target) => {
    Reflect.defineMetadata(failureKey, code, target);
  };

export const failureCodeOf = (requestClass: object): string =>
  (Reflect.getMetadata(failureKey, requestClass) as string | undefined) ?? 'RFA_REQUEST_MALFORMED';
