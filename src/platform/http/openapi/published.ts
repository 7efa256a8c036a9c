import { type Instant } from '../../../kernel/instant.js';
import { type JsonText } from '../../../kernel/json-text.js';
import { RawJson } from '../json/raw-json.js';
import * as schemas from './answer-schemas.js';
import { type Schema, shape } from './answer-schemas.js';

/** How a value is published: its schema on the wire, and what is written there. */
export interface Published<Value> {
  readonly schema: Schema;
  readonly write: (value: Value) => unknown;
  /** The name of the member on the wire, where that is not its own in snake_case. */
  readonly wireName?: string;
}

/** Of a member that may be absent, and then is on the wire, too. */
interface SometimesPublished<Value> extends Published<Value> {
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

/** An object with a name of its own. */
export interface PublishedShape<Data> extends Published<Data> {
  readonly write: (data: Data) => Readonly<Record<string, unknown>>;
}

interface Member {
  readonly name: string;
  readonly wireName: string;
  readonly schema: Schema;
  readonly write: (value: unknown) => unknown;
  readonly isOptional: boolean;
}

/** An object of which only these members are published, under their names in snake_case and in this order. */
export function published<Data extends object>(title: string, publication: Publication<Data>): PublishedShape<Data> {
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

const asIs = <Value>(schema: Schema): Published<Value> => ({ schema, write: (value) => value });

export const publishedText = asIs<string>(schemas.text);
export const publishedUuid = asIs<string>(schemas.uuid);
export const publishedCount = asIs<number>(schemas.count);
export const publishedNumber = asIs<number>(schemas.decimal);
export const publishedFlag = asIs<boolean>(schemas.flag);
/** Names and values are the caller's own. */
export const publishedTexts = asIs<Readonly<Record<string, string>>>(schemas.mapOf(schemas.text));

export const publishedInstant: Published<Instant> = {
  schema: schemas.instant,
  write: (instant) => new Date(instant).toISOString(),
};

/** Byte for byte as it was received. */
export const publishedJson: Published<JsonText> = { schema: schemas.anyJson, write: (json) => RawJson.of(json) };

/** One of these, under a title where generated types are to have a name for them. */
export const publishedChoice = <const Values extends readonly string[]>(
  title: string,
  values: Values,
): Published<Values[number]> => asIs(schemas.choices(title, ...values));

export const orNull = <Value>({ schema, write }: Published<Value>): Published<Value | null> => ({
  // Any JSON is null, too.
  schema: schema === schemas.anyJson ? schema : schemas.nullable(schema),
  write: (value) => (value === null ? null : write(value)),
});

export const publishedList = <Value>({ schema, write }: Published<Value>): Published<readonly Value[]> => ({
  schema: schemas.listOf(schema),
  write: (values) => values.map(write),
});

export const orAbsent = <Value>(how: Published<Value>): SometimesPublished<Value> => ({ ...how, isOptional: true });

/** Under another name than its own. */
export const named = <Value>(wireName: string, how: Published<Value>): Published<Value> => ({ ...how, wireName });
