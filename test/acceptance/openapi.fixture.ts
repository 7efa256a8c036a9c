import { parsedUrl } from '../../src/platform/egress/parsed-url.js';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { type ValidateFunction } from 'ajv';
import { type Schema } from '../../src/platform/http/openapi/answer-schemas.js';
import { type ApiDescription, type Operation } from '../../src/platform/http/openapi/document.types.js';
import { isInstantText, isUuidText } from '../../src/platform/http/validation/formats.js';
import { Api, type ApiAnswer } from '../support/api.js';

export interface Call extends Operation {
  /** `GET /v1/jobs/{job_id}` */
  readonly key: string;
  readonly method: string;
  readonly template: string;
}

export const callsIn = ({ paths }: ApiDescription): readonly Call[] =>
  Object.entries(paths).flatMap(([template, methods]) =>
    Object.entries(methods).map(([method, operation]) => {
      const name = method.toUpperCase();
      return { ...operation, key: `${name} ${template}`, method: name, template };
    }),
  );

/** What a call's body must be; null where it takes none. */
export function bodySchemaOf({ requestBody }: Call, { components }: ApiDescription): Schema | null {
  const schema = requestBody?.content['application/json']?.schema;
  const name = typeof schema?.['$ref'] === 'string' ? schema['$ref'].split('/').at(-1) : undefined;
  return components.schemas[name ?? ''] ?? schema ?? null;
}

export interface Seen {
  readonly method: string;
  /** With its query, as it was sent. */
  readonly path: string;
  readonly status: number;
  readonly contentType: string | null;
  readonly requestId: string | null;
  readonly text: string;
}

const ajvFor = (): Ajv2020 =>
  new Ajv2020({
    strict: false,
    allErrors: true,
    formats: { 'date-time': isInstantText, uuid: isUuidText, uri: (text: string) => parsedUrl(text) !== null },
  });

/** The HTTP layer may refuse so before it knows which call is meant. */
const alwaysPossible = [405, 408, 414, 431];

/** Holds answers to what the document says about them. */
export class Contract {
  readonly calls: readonly Call[];
  /** `GET /v1/jobs/{job_id} 200`, for each answer that was seen. */
  readonly seen = new Set<string>();
  readonly #validators = new Map<string, ValidateFunction>();
  readonly #ajv = ajvFor();

  constructor(private readonly document: ApiDescription) {
    // A path that is said in full comes before one that leaves something open.
    this.calls = [...callsIn(document)].sort((one, other) => openIn(one.template) - openIn(other.template));
  }

  callOf(method: string, path: string): Call | undefined {
    const parts = (path.split('?', 1)[0] ?? '').split('/');
    return this.calls.find((call) => call.method === method && fits(call.template.split('/'), parts));
  }

  /** What is wrong with an answer; empty when nothing is. */
  faultsOf(answer: Seen): readonly string[] {
    const faults: string[] = [];
    if (answer.requestId === null) faults.push('has no X-Request-Id');
    const type = answer.contentType?.split(';', 1)[0] ?? null;
    const call = this.callOf(answer.method, answer.path);
    if (call === undefined) return answer.status < 400 ? [...faults, 'is no documented call'] : faults;
    this.seen.add(`${call.key} ${answer.status}`);
    const response =
      call.responses[answer.status] ?? (alwaysPossible.includes(answer.status) ? call.responses['default'] : undefined);
    if (response === undefined) return [...faults, `has the undocumented status ${answer.status}`];
    if (answer.text === '' && response.content === undefined) return faults;
    const schema = response.content?.[type ?? '']?.schema;
    if (schema === undefined) return [...faults, `has the undocumented type ${String(type)}`];
    if (type?.endsWith('json') !== true) return faults;
    const body = JSON.parse(answer.text) as unknown;
    faults.push(...this.#mismatches(`${call.key} ${answer.status} ${type}`, schema, body));
    const codes = response['x-forgerun-codes'];
    const { code } = (typeof body === 'object' && body !== null ? body : {}) as { readonly code?: string };
    if (codes !== undefined && type === 'application/problem+json' && !codes.includes(code ?? ''))
      faults.push(`has the undocumented code ${String(code)}`);
    return faults;
  }

  #mismatches(name: string, schema: Schema, body: unknown): readonly string[] {
    let validator = this.#validators.get(name);
    if (validator === undefined) {
      validator = this.#ajv.compile({ ...closed(schema), components: closed(this.document.components) });
      this.#validators.set(name, validator);
    }
    if (validator(body)) return [];
    return (validator.errors ?? []).map(
      ({ instancePath, message, params }) => `${instancePath} ${String(message)} ${JSON.stringify(params)}`,
    );
  }
}

/** What is wrong with a message to a listener, by what the document says of its name; empty when nothing is. */
export function messageFaults(document: ApiDescription, body: string, contentType = ''): readonly string[] {
  const { type } = JSON.parse(body) as { readonly type: string };
  const name = type.startsWith('forgerun.') ? type.slice('forgerun.'.length) : 'application_event';
  const content = document.webhooks[name]?.post.requestBody?.content ?? {};
  const schema = content[contentType.split(';', 1)[0] ?? '']?.schema;
  if (schema === undefined) return [`${type} is not documented as ${contentType}`];
  const validate = ajvFor().compile({ ...closed(schema), components: closed(document.components) });
  if (validate(JSON.parse(body))) return [];
  return (validate.errors ?? []).map(({ instancePath, message = '' }) => `${type}${instancePath} ${message}`);
}

/** Clients must bear members they do not know; this test does not, so that none is forgotten in the document. */
function closed(node: unknown): Schema {
  const walk = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(walk);
    if (typeof value !== 'object' || value === null) return value;
    const copy = Object.fromEntries(Object.entries(value).map(([name, each]) => [name, walk(each)]));
    const isShape = typeof copy['properties'] === 'object' && copy['type'] === 'object';
    return isShape ? { additionalProperties: false, ...copy } : copy;
  };
  return walk(node) as Schema;
}

const openIn = (template: string): number => template.split('{').length - 1;

const fits = (template: readonly string[], parts: readonly string[]): boolean =>
  template.length === parts.length && template.every((part, index) => part.startsWith('{') || part === parts[index]);

/** Whatever is asked through it is held to the contract. */
export class CheckedApi extends Api {
  constructor(
    url: string,
    key: string | null,
    private readonly contract: Contract,
    private readonly faults: string[],
    private readonly more: Readonly<Record<string, string>> = {},
  ) {
    super(url, key, more);
  }

  override as(key: string | null): CheckedApi {
    return new CheckedApi(this.url, key, this.contract, this.faults, this.more);
  }

  override with(headers: Readonly<Record<string, string>>): CheckedApi {
    return new CheckedApi(this.url, this.key, this.contract, this.faults, { ...this.more, ...headers });
  }

  override async call<Body>(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<ApiAnswer<Body>> {
    const answer = await super.call<Body>(method, path, body, headers);
    const { status, text } = answer;
    const [contentType, requestId] = [answer.headers.get('content-type'), answer.headers.get('x-request-id')];
    for (const fault of this.contract.faultsOf({ method, path, status, contentType, requestId, text }))
      this.faults.push(`${method} ${path} ${status}: ${fault} in ${text.slice(0, 500)}`);
    return answer;
  }
}
