import { type ErrorObject, type ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { type Fault } from '../../../kernel/refusal.js';
import { ValidationFailed } from '../http.refusals.js';
import { pointerTo } from '../json/malformed-json.js';
import { RawJson } from '../json/raw-json.js';
import { faultsOf } from './fault-sentences.js';
import { isInstantText, isUuidText, isWebUrl } from './formats.js';
import { mendedText, type Note } from './mended-text.js';
import { failureCodeOf } from './request.rules.js';
import { type Blueprint, blueprintOf, type QueryRule, type RequestClass } from './schema.js';

type Members = Record<string, unknown>;

/** Nothing is dropped, changed or filled in on the way: what a caller did not say stays unsaid. */
function validator(allErrors: boolean): Ajv2020 {
  const ajv = new Ajv2020({
    allErrors,
    verbose: allErrors,
    removeAdditional: false,
    coerceTypes: false,
    useDefaults: false,
    allowUnionTypes: true,
    formats: { 'date-time': isInstantText, uri: isWebUrl, uuid: isUuidText },
  });
  ajv.addKeyword({
    keyword: 'x-raw-json',
    schemaType: 'object',
    validate: ({ maxBytes }: { readonly maxBytes: number }, value: unknown) =>
      value instanceof RawJson && value.byteLength <= maxBytes,
  });
  ajv.addKeyword({ keyword: 'x-mended-text' });
  return ajv;
}

const quick = validator(false);
const thorough = validator(true);

/** Turns what came over the wire into an instance of its request class, or refuses with every fault. */
class RequestReader<Request extends object> {
  readonly #blueprint: Blueprint;
  readonly #isValid: ValidateFunction;
  #findFaults: ValidateFunction | null = null;

  constructor(private readonly requestClass: RequestClass<Request>) {
    this.#blueprint = blueprintOf(requestClass);
    this.#isValid = quick.compile(this.#blueprint.schema);
  }

  /** A request without a body has said nothing, which is what `{}` says. */
  read(body: unknown): Request {
    const value = body === undefined ? {} : body;
    if (!this.#isValid(value)) this.#refuse(faultsOf(this.#errorsOf(value)));
    const notes: Note[] = [];
    const request = instanceOf(this.#blueprint, value as Members, notes) as Request;
    if (notes.length > 0) notesOf.set(request, notes);
    return request;
  }

  readQuery(query: unknown): Request {
    const given = query as Members;
    const { queryRules } = this.#blueprint;
    const value: Members = { ...given };
    for (const [name, rule] of queryRules) value[name] = converted(rule, value[name]);
    for (const name of Object.keys(value)) if (value[name] === undefined) Reflect.deleteProperty(value, name);
    if (!this.#isValid(value)) this.#refuse(this.#queryFaults(given, value));
    for (const [name, rule] of queryRules)
      if (rule === 'isQueryInstant' && typeof value[name] === 'string') value[name] = Date.parse(value[name]);
    return instanceOf(this.#blueprint, value, []) as Request;
  }

  #queryFaults(given: Members, value: Members): Fault[] {
    const known = Object.keys(this.#blueprint.schema.properties ?? {});
    return faultsOf(this.#errorsOf(value)).map((fault) => {
      const [, name = ''] = fault.pointer.split('/');
      const isRepeated = Array.isArray(given[name]) && this.#blueprint.queryRules.get(name) !== 'isQueryList';
      const isKnown = known.includes(name);
      if (!isKnown) return { ...fault, detail: `is not a known parameter; there are ${known.join(', ')}` };
      return isRepeated ? { ...fault, detail: 'must be given once' } : fault;
    });
  }

  #errorsOf(value: unknown): readonly ErrorObject[] {
    this.#findFaults ??= thorough.compile(this.#blueprint.schema);
    this.#findFaults(value);
    return this.#findFaults.errors ?? [];
  }

  #refuse(faults: readonly Fault[]): never {
    throw new ValidationFailed(failureCodeOf(this.requestClass), faults);
  }
}

function converted(rule: QueryRule, value: unknown): unknown {
  if (rule === 'isQueryList') {
    if (value === undefined) return undefined;
    return (Array.isArray(value) ? value : [value]).flatMap((part) => String(part).split(','));
  }
  if (typeof value !== 'string') return value;
  if (rule === 'isQueryInt') return /^-?\d{1,15}$/.test(value) ? Number(value) : value;
  if (rule === 'isQueryBoolean') return value === 'true' ? true : value === 'false' ? false : value;
  return value;
}

function instanceOf(
  blueprint: Blueprint,
  value: Members,
  notes: Note[],
  path: readonly (string | number)[] = [],
): object {
  const request: Members = Object.assign<object, Members>(new blueprint.requestClass(), value);
  for (const [property, rule] of blueprint.mended) {
    const text = request[property];
    if (typeof text !== 'string') continue;
    const mended = mendedText(text, rule, pointerTo([...path, property]), notes);
    if (mended === null) Reflect.deleteProperty(request, property);
    else request[property] = mended;
  }
  for (const { property, isList, blueprint: inner } of blueprint.nested) {
    const member = value[property];
    if (member === undefined || member === null) continue;
    const place = [...path, property];
    request[property] = isList
      ? (member as Members[]).map((item, index) => instanceOf(inner, item, notes, [...place, index]))
      : instanceOf(inner, member as Members, notes, place);
  }
  return request;
}

const notesOf = new WeakMap<object, readonly Note[]>();

/** The member `notes` of the answer to a request: what was changed in its texts; absent where nothing was. */
export function notesOn(request: object): { readonly notes?: readonly Note[] } {
  const notes = notesOf.get(request);
  return notes === undefined ? {} : { notes };
}

const readers = new WeakMap<RequestClass, RequestReader<object>>();

/** The reader of a request class; made once. */
export function readerOf<Request extends object>(requestClass: RequestClass<Request>): RequestReader<Request> {
  const known = readers.get(requestClass);
  if (known !== undefined) return known as RequestReader<Request>;
  const reader = new RequestReader(requestClass);
  readers.set(requestClass, reader);
  return reader;
}
