import { Ajv2020 } from 'ajv/dist/2020.js';
import { type Schema } from '../../src/platform/http/openapi/answer-schemas.js';
import { type Descriptions } from '../../src/platform/http/openapi/descriptions.js';
import { type ApiDescription, type Operation } from '../../src/platform/http/openapi/document.types.js';
import { namesInPath, ownerInPath } from '../../src/platform/http/openapi/parameters.js';
import { type Route } from '../../src/platform/http/routes.module.js';
import { isInstantText, isUuidText } from '../../src/platform/http/validation/formats.js';
import { schemaOf } from '../../src/platform/http/validation/schema.js';

/** A schema of the document, and where it stands: `Job.state`, `GET /v1/jobs limit`. */
export interface Place {
  readonly place: string;
  /** Of a property or a parameter; else empty. */
  readonly name: string;
  readonly schema: Schema;
  readonly description: string;
}

interface SchemaParts {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
  readonly propertyNames?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly description?: string;
}

/** A schema and all that it is made of. */
function placesUnder(place: string, name: string, schema: Schema, about?: string): readonly Place[] {
  const { properties = {}, items, additionalProperties, propertyNames, ...rest } = schema as SchemaParts;
  const { anyOf = [], oneOf = [] } = rest;
  const parts = [items, additionalProperties, propertyNames, ...anyOf, ...oneOf].filter(
    (each) => typeof each === 'object',
  );
  return [
    { place, name, schema, description: about ?? rest.description ?? '' },
    ...Object.entries(properties).flatMap(([member, each]) => placesUnder(`${place}.${member}`, member, each)),
    ...parts.flatMap((each) => placesUnder(`${place}[]`, '', each)),
  ];
}

/** Every call, and every message that is sent to listeners, by where it stands. */
export const operationsIn = ({ paths, webhooks }: ApiDescription): readonly (readonly [string, Operation])[] =>
  [...Object.entries(paths), ...Object.entries(webhooks)].flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => [`${method.toUpperCase()} ${path}`, operation] as const),
  );

export function placesIn(document: ApiDescription): readonly Place[] {
  const inOperations = operationsIn(document).flatMap(([key, { parameters, requestBody, responses }]) => [
    ...parameters.flatMap(({ name, schema, description = '' }) =>
      placesUnder(`${key} ${name}`, name, schema, description),
    ),
    ...Object.values(responses).flatMap(({ headers = {} }) =>
      Object.entries(headers).flatMap(([name, header]) =>
        'schema' in header ? placesUnder(`${key} ${name}`, name, header.schema, header.description) : [],
      ),
    ),
    ...[requestBody, ...Object.values(responses)].flatMap((each) =>
      Object.values(each?.content ?? {}).flatMap(({ schema = {} }) => placesUnder(key, '', schema)),
    ),
  ]);
  const { schemas, headers } = document.components;
  return [
    ...Object.entries(schemas).flatMap(([name, schema]) => placesUnder(name, '', schema)),
    ...Object.entries(headers).flatMap(([name, header]) => placesUnder(name, name, header.schema, header.description)),
    ...inOperations,
  ];
}

const fillers = 'a an and as at by for from in is it its of on or that the this to was what when where which';
const ignored = new Set(fillers.split(' '));

const wordsOf = (text: string): readonly string[] =>
  (
    text
      .replace(/([a-z])([A-Z])/g, '$1 $2')
      .toLowerCase()
      .match(/[a-z0-9]+/g) ?? []
  ).map((word) => word.replace(/s$/, ''));

/** What stands without a description, or with one that says nothing that its name and its place do not. */
export const undescribedIn = (document: ApiDescription): readonly string[] =>
  placesIn(document)
    .filter(({ place, name, description }) => {
      if (name === '') return false;
      const known = new Set([...wordsOf(name), ...wordsOf(place)]);
      return wordsOf(description).filter((word) => !ignored.has(word) && !known.has(word)).length < 2;
    })
    .map(({ place, description }) => `${place}: ${description}`);

/** Descriptions of what the document does not hold. */
export function unusedIn(
  descriptions: Descriptions,
  document: ApiDescription,
  routes: readonly Route[],
): readonly string[] {
  const { schemas } = document.components;
  const owned = new Set([
    ...Object.entries(schemas).flatMap(([owner, { properties }]) =>
      Object.keys(properties ?? {}).map((name) => `${owner}.${name}`),
    ),
    ...routes.flatMap(({ query, path, pathRules }) => [
      ...Object.keys(query === null ? {} : (schemaOf(query).properties ?? {})).map(
        (name) => `${query?.name ?? ''}.${name}`,
      ),
      ...namesInPath(path).map((name) => `${ownerInPath(pathRules, name)}.${name}`),
    ]),
  ]);
  const byNameAlone = new Set(
    [...owned].filter((key) => !Object.hasOwn(descriptions, key)).map((key) => key.split('.')[1]),
  );
  return Object.keys(descriptions).filter((key) => !owned.has(key) && !byNameAlone.has(key) && !(key in schemas));
}

/** Examples and defaults that their own schema refuses. */
export function unfitValuesIn(document: ApiDescription): readonly string[] {
  const ajv = new Ajv2020({ strict: false, formats: { 'date-time': isInstantText, uuid: isUuidText, uri: true } });
  ajv.addSchema({ $id: 'document', components: within(document.components) });
  return placesIn(document).flatMap(({ place, schema }) => {
    const values = [...((schema['examples'] ?? []) as readonly unknown[]), schema['default']];
    const given = values.filter((value) => value !== undefined);
    if (given.length === 0) return [];
    const fits = ajv.compile(within(schema));
    return given.filter((value) => !fits(value)).map((value) => `${place}: ${JSON.stringify(value)}`);
  });
}

/** Members of requests that give neither an example, nor a default, nor choices, nor parts that do. */
export const withoutExampleIn = (document: ApiDescription): readonly string[] =>
  Object.entries(document.components.schemas)
    .filter(([name]) => name.endsWith('Request'))
    .flatMap(([name, schema]) => placesUnder(name, '', schema))
    .filter(({ name, schema }) => name !== '' && !showsAValue(schema, document))
    .map(({ place }) => place);

function showsAValue(schema: Schema, document: ApiDescription): boolean {
  const { items, anyOf = [] } = schema as SchemaParts;
  if (['examples', 'default', 'enum', 'const', '$ref'].some((keyword) => schema[keyword] !== undefined)) return true;
  return (items !== undefined && showsAValue(items, document)) || anyOf.some((each) => showsAValue(each, document));
}

/** The defaults that a schema gives its members. */
export function defaultsOf(name: string, document: ApiDescription): Readonly<Record<string, unknown>> {
  const { properties = {} } = document.components.schemas[name] as SchemaParts;
  const given = Object.entries(properties).filter(([, schema]) => schema['default'] !== undefined);
  return Object.fromEntries(given.map(([member, schema]) => [member, schema['default']]));
}

/** Choices that do not say of which type they are. */
export const untypedChoicesIn = (document: ApiDescription): readonly string[] =>
  placesIn(document)
    .filter(({ schema }) => schema['enum'] !== undefined && schema['type'] === undefined)
    .map(({ place }) => place);

/** Every member that holds a state, and whether its states are listed. */
export const statesIn = (document: ApiDescription): readonly (readonly [string, boolean])[] =>
  placesIn(document)
    .filter(({ name }) => ['state', 'prev_state', 'next_state'].includes(name))
    .map(({ place, schema }) => [place, isChoice(schema, document)] as const);

/** Whether it is an enum, a list of one, or nothing at all. */
function isChoice(schema: Schema, document: ApiDescription): boolean {
  const { $ref, items, anyOf } = schema as SchemaParts & { readonly $ref?: string };
  if ($ref !== undefined) return isChoice(document.components.schemas[$ref.split('/').at(-1) ?? ''] ?? {}, document);
  if (items !== undefined) return isChoice(items, document);
  if (anyOf !== undefined) return anyOf.every((each) => each['type'] === 'null' || isChoice(each, document));
  return Array.isArray(schema['enum']);
}

/** With references that lead into the document from wherever they stand. */
const within = (part: object): Schema =>
  JSON.parse(JSON.stringify(part).replaceAll('"#/components/', '"document#/components/')) as Schema;
