import { type Instant } from '../../../kernel/instant.js';
import { type JsonText } from '../../../kernel/json-text.js';
import { RawJson } from '../json/raw-json.js';
import * as schemas from './answer-schemas.js';
import { type Schema, shape } from './answer-schemas.js';

/** How a value is published: its schema on the wire, and what is written there. */
export interface Published<Value, Wire = unknown> {
  readonly schema: Schema;
  readonly write: (value: Value) => Wire;
  /** The name of the member on the wire, where that is not its own in snake_case. */
  readonly wireName?: string;
}

/** Of a member that may be absent, and then is on the wire, too. */
interface SometimesPublished<Value, Wire = unknown> extends Published<Value, Wire> {
  readonly isOptional: true;
}

/** In the place of a member that is not published. */
export const withheld = Symbol('withheld');

/**
 * What is published of an object, member by member. It does not compile while a member is neither published nor withheld,
 * so that nothing gets out unseen.
 */
export type Publication<Data extends object> = {
  readonly [Name in keyof Data]-?:
    | typeof withheld
    | (undefined extends Data[Name] ? SometimesPublished<Exclude<Data[Name], undefined>> : Published<Data[Name]>);
};

type Snake<Name extends string> = Name extends `${infer Letter}${infer Rest}`
  ? `${Letter extends Lowercase<Letter> ? Letter : `_${Lowercase<Letter>}`}${Snake<Rest>}`
  : Name;

type WireName<How, Name extends string> = How extends { readonly wireName: infer Own extends string }
  ? Own
  : Snake<Name>;

/** What is published by a declaration, as the wire shows it. */
type WireOfMembers<Members> = {
  readonly [
    Name in keyof Members as Members[Name] extends typeof withheld | { readonly isOptional: true }
      ? never
      : WireName<Members[Name], Name & string>
  ]: WireOf<Members[Name]>;
} & {
  readonly [
    Name in keyof Members as Members[Name] extends { readonly isOptional: true }
      ? WireName<Members[Name], Name & string>
      : never
  ]?: WireOf<Members[Name]>;
};

/** The TypeScript type of what is on the wire. */
export type WireOf<How> = How extends { readonly write: (value: never) => infer Wire } ? Wire : never;

type ValueOf<How> = How extends { readonly write: (value: infer Value) => unknown } ? Value : unknown;

/** What a declaration is a declaration of, as far as it tells. */
type DataOf<Members> = {
  readonly [
    Name in keyof Members as Members[Name] extends typeof withheld | { readonly isOptional: true } ? never : Name
  ]: ValueOf<Members[Name]>;
} & {
  readonly [Name in keyof Members as Members[Name] extends { readonly isOptional: true } ? Name : never]?: ValueOf<
    Members[Name]
  >;
};

/**
 * An object that is answered, declared once: its schema, what is written and its type on the wire all follow. With
 * `satisfies Publication<…>` the declaration does not compile while a member of the object is forgotten.
 */
export const answered = <const Members extends object>(
  title: string,
  members: Members,
): Published<DataOf<Members>, WireOfMembers<Members>> =>
  published<object>(title, members) as unknown as Published<DataOf<Members>, WireOfMembers<Members>>;

interface Member {
  readonly name: string;
  readonly wireName: string;
  readonly schema: Schema;
  readonly write: (value: unknown) => unknown;
  readonly isOptional: boolean;
}

/** An object of which only these members are published, under their names in snake_case and in this order. */
export function published<Data extends object>(
  title: string,
  publication: Publication<Data>,
): Published<Data, Readonly<Record<string, unknown>>> {
  const members = membersOf(publication);
  const properties = (isOptional: boolean): Readonly<Record<string, Schema>> =>
    Object.fromEntries(
      members.filter((each) => each.isOptional === isOptional).map(({ wireName, schema }) => [wireName, schema]),
    );
  return {
    schema: shape(title, properties(false), properties(true)),
    write(data) {
      const answer: Record<string, unknown> = {};
      for (const { name, wireName, write } of members) {
        const value = (data as Readonly<Record<string, unknown>>)[name];
        if (value !== undefined) answer[wireName] = write(value);
      }
      return answer;
    },
  };
}

function membersOf(publication: object): readonly Member[] {
  return Object.entries(publication).flatMap(([name, how]: [string, typeof withheld | Published<unknown>]) =>
    how === withheld
      ? []
      : [
          {
            name,
            wireName: how.wireName ?? snake(name),
            schema: how.schema,
            write: how.write,
            isOptional: 'isOptional' in how,
          },
        ],
  );
}

const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

const asIs = <Value>(schema: Schema): Published<Value, Value> => ({ schema, write: (value) => value });

export const publishedText = asIs<string>(schemas.text);
export const publishedUuid = asIs<string>(schemas.uuid);
export const publishedWhole = asIs<number>(schemas.whole);
export const publishedCount = asIs<number>(schemas.count);
export const publishedNumber = asIs<number>(schemas.decimal);
export const publishedFlag = asIs<boolean>(schemas.flag);
/** Names and values are the caller's own. */
export const publishedTexts = asIs<Readonly<Record<string, string>>>(schemas.mapOf(schemas.text));

/** A value that is written as it stands, with a schema of its own. */
export const publishedAs = asIs;

export const publishedInstant: Published<Instant, string> = {
  schema: schemas.instant,
  write: (instant) => new Date(instant).toISOString(),
};

/** Byte for byte as it was received. */
export const publishedJson: Published<JsonText, RawJson> = {
  schema: schemas.anyJson,
  write: (json) => RawJson.of(json),
};

/** One of these, under a title where generated types are to have a name for them. */
export const publishedChoice = <const Values extends readonly string[]>(
  title: string,
  values: Values,
): Published<Values[number], Values[number]> => asIs(schemas.choices(title, ...values));

/** One of these, without a name. */
export const publishedWord = <const Values extends readonly string[]>(
  values: Values,
): Published<Values[number], Values[number]> => asIs(schemas.oneOf(...values));

export const orNull = <Value, Wire>({
  schema,
  write,
}: Published<Value, Wire>): Published<Value | null, Wire | null> => ({
  // Any JSON is null, too.
  schema: schema === schemas.anyJson ? schema : schemas.nullable(schema),
  write: (value) => (value === null ? null : write(value)),
});

export const publishedList = <Value, Wire>({
  schema,
  write,
}: Published<Value, Wire>): Published<readonly Value[], readonly Wire[]> => ({
  schema: schemas.listOf(schema),
  write: (values) => values.map(write),
});

export const orAbsent = <Value, Wire>(how: Published<Value, Wire>): SometimesPublished<Value, Wire> => ({
  ...how,
  isOptional: true,
});

/** Under another name than its own. */
export const named = <const Name extends string, Value, Wire>(
  wireName: Name,
  how: Published<Value, Wire>,
): Published<Value, Wire> & { readonly wireName: Name } => ({ ...how, wireName });
