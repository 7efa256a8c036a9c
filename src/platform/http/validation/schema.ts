import 'reflect-metadata';
import { getMetadataStorage } from 'class-validator';
import { type MendedTextRule, nestedClassAt } from './request.rules.js';
import { type JsonSchema, ruleSchemas } from './rule-schemas.js';

/** A class whose decorators say what a body or a query must be. */
export type RequestClass<Request extends object = object> = new () => Request;

export type QueryRule = 'isQueryInt' | 'isQueryBoolean' | 'isQueryInstant' | 'isQueryList';

/** A request class, read once. */
export interface Blueprint {
  readonly schema: JsonSchema;
  readonly requestClass: RequestClass;
  readonly nested: readonly { readonly property: string; readonly isList: boolean; readonly blueprint: Blueprint }[];
  readonly queryRules: ReadonlyMap<string, QueryRule>;
  /** Members whose texts are mended, never refused. */
  readonly mended: ReadonlyMap<string, MendedTextRule>;
}

type Rule = ReturnType<ReturnType<typeof getMetadataStorage>['getTargetValidationMetadatas']>[number];

const blueprints = new WeakMap<RequestClass, Blueprint>();
const beingDrawn = new Set<RequestClass>();
const sentences = new WeakMap<object, Record<string, string>>();

/** What the decorator behind a keyword of a schema wanted said, if it wanted anything. */
export const sentenceOf = (schema: object, keyword: string): string | undefined => sentences.get(schema)?.[keyword];

/** Throws where a class says something that a JSON schema cannot. */
export function blueprintOf(requestClass: RequestClass): Blueprint {
  const known = blueprints.get(requestClass);
  if (known !== undefined) return known;
  if (beingDrawn.has(requestClass)) throw new TypeError(`${requestClass.name} contains itself`);
  beingDrawn.add(requestClass);
  try {
    const blueprint = draw(requestClass);
    blueprints.set(requestClass, blueprint);
    return blueprint;
  } finally {
    beingDrawn.delete(requestClass);
  }
}

/** The schema that requests are held to, for OpenAPI. */
export const schemaOf = (requestClass: RequestClass): JsonSchema => blueprintOf(requestClass).schema;

function draw(requestClass: RequestClass): Blueprint {
  const nested: Blueprint['nested'][number][] = [];
  const queryRules = new Map<string, QueryRule>();
  const mended = new Map<string, MendedTextRule>();
  const properties: Record<string, JsonSchema> = {};
  const required: string[] = [];
  for (const [property, rules] of rulesOf(requestClass)) {
    const names = rules.map(nameOf);
    const node = nodeOf(`${requestClass.name}.${property}`, rules);
    if (names.includes('nestedValidation')) {
      const blueprint = blueprintOf(nestedClassOf(requestClass, property));
      const isList = node.type === 'array';
      const titled = { ...blueprint.schema, title: blueprint.requestClass.name };
      if (isList) node.items = titled;
      else Object.assign(node, titled);
      nested.push({ property, isList, blueprint });
    }
    if (node.type === undefined && node.enum === undefined && node['x-raw-json'] === undefined)
      throw new TypeError(`${requestClass.name}.${property}: no decorator says of which type it is`);
    if (names.includes('isNullable')) allowNull(node);
    for (const name of names) if (isQueryRule(name)) queryRules.set(property, name);
    const mending = rules.find((rule) => nameOf(rule) === 'isMendedText');
    if (mending !== undefined)
      mended.set(property, (mending.constraints as readonly MendedTextRule[])[0] as MendedTextRule);
    if (!names.includes('isOptional')) required.push(property);
    properties[property] = node;
  }
  const schema: JsonSchema = { type: 'object', properties, required, additionalProperties: false };
  return { schema, requestClass, nested, queryRules, mended };
}

function rulesOf(requestClass: RequestClass): Map<string, Rule[]> {
  const rules = new Map<string, Rule[]>();
  for (const rule of getMetadataStorage().getTargetValidationMetadatas(requestClass, '', true, false)) {
    const already = rules.get(rule.propertyName);
    if (already === undefined) rules.set(rule.propertyName, [rule]);
    else already.push(rule);
  }
  return rules;
}

const nameOf = (rule: Rule): string => (rule.type === 'nestedValidation' ? rule.type : (rule.name ?? rule.type));

const shapeless = new Set(['isOptional', 'isDefined', 'isNullable', 'nestedValidation']);

function nodeOf(place: string, rules: readonly Rule[]): JsonSchema {
  const node: JsonSchema = {};
  try {
    for (const rule of rules) apply(rule, node);
  } catch (error) {
    throw new TypeError(`${place}: ${error instanceof Error ? error.message : 'no schema'}`, { cause: error });
  }
  return node;
}

function apply(rule: Rule, node: JsonSchema): void {
  const name = nameOf(rule);
  if (shapeless.has(name)) return;
  const constraints: unknown = rule.constraints;
  const said = ruleSchemas[name]?.(Array.isArray(constraints) ? constraints : []);
  if (said === undefined) throw new TypeError(`@${name} has no JSON schema`);
  if (rule.each) node.type ??= 'array';
  const target = rule.each ? (node.items ??= {}) : node;
  if (target.type === 'integer' && said.type === 'number') delete said.type;
  Object.assign(target, said);
  if (typeof rule.message !== 'string') return;
  const own = sentences.get(target) ?? {};
  const keywords = Object.keys(said);
  for (const keyword of keywords) if (keyword !== 'type' || keywords.length === 1) own[keyword] = rule.message;
  sentences.set(target, own);
}

function nestedClassOf(owner: RequestClass, property: string): RequestClass {
  const found = nestedClassAt(owner.prototype as object, property);
  if (!isRequestClass(found)) throw new TypeError(`${owner.name}.${property}: of which class it is, is missing`);
  return found;
}

const builtIn = new Set<unknown>([Object, Array, String, Number, Boolean, Date, Map, Set, Promise, Buffer, Function]);

export const isRequestClass = (type: unknown): type is RequestClass => typeof type === 'function' && !builtIn.has(type);

const isQueryRule = (name: string): name is QueryRule => name.startsWith('isQuery');

function allowNull(node: JsonSchema): void {
  if (typeof node.type === 'string') node.type = [node.type, 'null'];
  if (node.enum !== undefined) node.enum = [...node.enum, null];
}
