import { type ErrorObject } from 'ajv';
import { type Fault } from '../../../kernel/refusal.js';
import { pointerTo } from '../json/malformed-json.js';
import { sentenceOf } from './schema.js';

/** The most faults in one answer: more would not help a caller, and a batch could hold thousands. */
const maxFaults = 100;

/** What the validator found, for people: one sentence a fault, the first that applies to each place. */
export function faultsOf(errors: readonly ErrorObject[]): Fault[] {
  const faults: Fault[] = [];
  const misfits = new Set<string>();
  for (const error of errors) {
    if (error.keyword === 'propertyNames') continue;
    const fault = faultOf(error);
    // Of the wrong type: what else it is not goes without saying.
    if (misfits.has(fault.pointer)) continue;
    if (error.keyword === 'type' || error.keyword === 'enum') misfits.add(fault.pointer);
    faults.push(fault);
    if (faults.length === maxFaults) break;
  }
  return faults;
}

function faultOf(error: ErrorObject): Fault {
  const params = error.params as Readonly<Record<string, unknown>>;
  const at = error.instancePath;
  const under = (name: unknown): string => `${at}${pointerTo([String(name)])}`;
  if (error.keyword === 'required') return { pointer: under(params['missingProperty']), detail: 'is required' };
  if (error.keyword === 'additionalProperties')
    return { pointer: under(params['additionalProperty']), detail: 'is not a known field' };
  if (error.propertyName !== undefined)
    return { pointer: under(error.propertyName), detail: `the name ${sentence(error, params)}` };
  return { pointer: at, detail: sentence(error, params) };
}

function sentence(error: ErrorObject, params: Readonly<Record<string, unknown>>): string {
  const { parentSchema } = error;
  const own = parentSchema === undefined ? undefined : sentenceOf(parentSchema, error.keyword);
  if (own !== undefined) return own;
  const limit = String(params['limit']);
  switch (error.keyword) {
    case 'type':
      return typeSentence(params['type'], error.data);
    case 'enum':
      return `must be one of ${(params['allowedValues'] as readonly unknown[]).map(String).join(', ')}`;
    case 'pattern':
      return `must match ${String(params['pattern'])}`;
    case 'format':
      return formats[String(params['format'])] ?? `must be a ${String(params['format'])}`;
    case 'minLength':
      return limit === '1' ? 'must not be empty' : `must be at least ${limit} characters long`;
    case 'maxLength':
      return `must be at most ${limit} characters long`;
    case 'minimum':
      return `must be at least ${limit}`;
    case 'maximum':
      return `must be at most ${limit}`;
    case 'exclusiveMinimum':
      return `must be more than ${limit}`;
    case 'minItems':
      return `must hold at least ${limit} ${limit === '1' ? 'item' : 'items'}`;
    case 'maxItems':
      return `must hold at most ${limit} ${limit === '1' ? 'item' : 'items'}`;
    case 'maxProperties':
      return `must hold at most ${limit} members`;
    case 'uniqueItems':
      return 'must not hold the same item twice';
    case 'x-raw-json':
      return `must be at most ${String((error.schema as { maxBytes: number }).maxBytes)} bytes of JSON`;
    default:
      return error.message ?? 'is not valid';
  }
}

const formats: Readonly<Record<string, string>> = {
  'date-time': 'must be an RFC 3339 timestamp, such as 2026-01-31T08:00:00.000Z',
  uri: 'must be an http or https URL',
  uuid: 'must be a UUID',
};

const nouns: Readonly<Record<string, string>> = {
  string: 'a string',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  object: 'an object',
  array: 'an array',
  null: 'null',
};

function typeSentence(type: unknown, data: unknown): string {
  const wanted = (Array.isArray(type) ? type : [type]).map((one) => nouns[String(one)] ?? String(one)).join(' or ');
  return data === null ? `must be ${wanted}, not null; leave it out instead` : `must be ${wanted}`;
}
