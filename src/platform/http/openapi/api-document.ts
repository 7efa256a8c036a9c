import { createHash } from 'node:crypto';
import { scopesThatOpen } from '../route.rules.js';
import { type Route } from '../routes.module.js';
import { schemaOf } from '../validation/schema.js';
import { type Schema } from './answer-schemas.js';
import { Components } from './components.js';
import { docsPage } from './docs-page.js';
import { type ApiDescription, type Operation } from './document.types.js';
import { deliveriesIn, type DeliveredBody } from './delivered-bodies.js';
import { parametersOf } from './parameters.js';
import { responsesOf, moduleOf, sharedHeaders } from './responses.js';
import { type Descriptions } from './descriptions.js';

const description = [
  'Jobs that are never lost, and any moment of their past.',
  'Every answer carries X-Request-Id. Every write answers with ForgeRun-Position, which any read may send back as',
  'ForgeRun-Min-Position to see at least that much. Every refusal is application/problem+json (RFC 9457), and its type',
  'leads to a page that explains it.',
].join(' ');

/** What cannot be read off the routes. */
export interface ApiTexts {
  readonly version: string;
  readonly descriptions: Descriptions;
  /** Schemas of members that the modules of their owners do not know, by `CreateScheduleRequest.job`. */
  readonly members: Readonly<Record<string, Schema>>;
  /** By tag, what its calls are about. */
  readonly tags: Readonly<Record<string, string>>;
  /** What is sent to webhooks and callbacks. */
  readonly delivered: readonly DeliveredBody[];
}

interface Drawn {
  readonly value: ApiDescription;
  readonly json: string;
  readonly etag: string;
}

/** The API as its routes declare it. Drawn when it is first asked for, from the route table and nothing else. */
export class ApiDocument {
  #drawn: Drawn | null = null;
  #html: string | null = null;

  constructor(
    private readonly routes: () => readonly Route[],
    private readonly texts: ApiTexts,
  ) {}

  get json(): string {
    return this.#draw().json;
  }

  get etag(): string {
    return this.#draw().etag;
  }

  get page(): string {
    return (this.#html ??= docsPage(this.#draw().value));
  }

  #draw(): Drawn {
    if (this.#drawn !== null) return this.#drawn;
    const value = descriptionOf(this.routes(), this.texts);
    const json = JSON.stringify(value);
    const etag = `"${createHash('sha256').update(json).digest('base64url').slice(0, 22)}"`;
    return (this.#drawn = { value, json, etag });
  }
}

function descriptionOf(routes: readonly Route[], texts: ApiTexts): ApiDescription {
  const components = new Components(texts.descriptions, texts.members);
  const paths: Record<string, Record<string, Operation>> = {};
  for (const route of [...routes].sort(inOrder))
    (paths[templateOf(route.path)] ??= {})[route.method.toLowerCase()] = operationOf(route, components);
  const webhooks = deliveriesIn(texts.delivered, components);
  const used = [...Object.values(paths), ...Object.values(webhooks)].flatMap((item) => Object.values(item));
  const tags = [...new Set(used.flatMap((operation) => operation.tags))].sort();
  return {
    openapi: '3.1.0',
    info: {
      title: 'ForgeRun',
      version: texts.version,
      description,
      license: { name: 'Apache License 2.0', identifier: 'Apache-2.0' },
    },
    jsonSchemaDialect: 'https://json-schema.org/draft/2020-12/schema',
    servers: [{ url: '/' }],
    security: [{ api_key: [] }],
    tags: tags.map((name) => ({ name, description: texts.tags[name] ?? '' })),
    paths,
    webhooks,
    components: {
      schemas: components.schemas(),
      headers: sharedHeaders,
      securitySchemes: {
        api_key: { type: 'http', scheme: 'bearer', description: 'An API key: `Authorization: Bearer frk_…`.' },
      },
    },
  };
}

/** `/v1/jobs/:job_id` is `/v1/jobs/{job_id}` in OpenAPI. */
export const templateOf = (path: string): string =>
  path
    .split('/')
    .map((part) => (part.startsWith(':') ? `{${part.slice(1)}}` : part))
    .join('/');

function operationOf(route: Route, components: Components): Operation {
  const { access, body, summary, operationId, path, name } = route;
  const isOpen = access?.kind === 'public';
  const scopes = scopesThatOpen(access);
  return {
    operationId: operationId ?? name,
    summary: summary ?? wordsOf(name),
    description: isOpen ? 'Needs no key.' : `Needs a key with the scope ${eitherOf(scopes)}.`,
    tags: [tagOf(path)],
    security: isOpen ? [] : [{ api_key: [] }],
    ...(isOpen ? {} : { 'x-forgerun-scopes': scopes }),
    parameters: parametersOf(route, components),
    ...(body === null ? {} : { requestBody: requestBodyOf(body, components) }),
    responses: responsesOf(route, components),
  };
}

function requestBodyOf(
  body: NonNullable<Route['body']>,
  components: Components,
): NonNullable<Operation['requestBody']> {
  const schema = schemaOf(body);
  return {
    required: (schema.required ?? []).length > 0,
    content: { 'application/json': { schema: components.use({ ...schema, title: body.name }) } },
  };
}

const eitherOf = (scopes: readonly string[]): string =>
  scopes.length < 2 ? scopes.join('') : `${scopes.slice(0, -1).join(', ')} or ${scopes.at(-1) ?? ''}`;

/** What the API says about itself goes together. */
function tagOf(path: string): string {
  const module = moduleOf(path);
  return ['api', 'docs', 'openapi.json', 'problems'].includes(module) ? 'reference' : module;
}

function wordsOf(name: string): string {
  const words = (name.split('.')[1] ?? name).replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function inOrder(one: Route, other: Route): number {
  const [a, b] = [`${one.path} ${one.method}`, `${other.path} ${other.method}`];
  return a === b ? 0 : a < b ? -1 : 1;
}
