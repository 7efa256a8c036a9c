import { createHash } from 'node:crypto';
import { scopesThatOpen } from '../route.rules.js';
import { type Route } from '../routes.module.js';
import { schemaOf } from '../validation/schema.js';
import { Components } from './components.js';
import { docsPage } from './docs-page.js';
import { type ApiDescription, type Operation } from './document.types.js';
import { parametersOf } from './parameters.js';
import { responsesOf, roomOf, sharedHeaders } from './responses.js';

const description = [
  'Jobs that are never lost, and any moment of their past.',
  'Every answer carries X-Request-Id. Every write answers with ForgeRun-Position, which any read may send back as',
  'ForgeRun-Min-Position to see at least that much. Every refusal is application/problem+json (RFC 9457), and its type',
  'leads to a page that explains it.',
].join(' ');

/** The API as its routes declare it. Drawn when it is first asked for, from the route table and nothing else. */
export class ApiDocument {
  private drawn: { readonly value: ApiDescription; readonly json: string; readonly etag: string } | null = null;
  private html: string | null = null;

  constructor(
    private readonly routes: () => readonly Route[],
    private readonly version: string,
  ) {}

  get json(): string {
    return this.draw().json;
  }

  get etag(): string {
    return this.draw().etag;
  }

  get page(): string {
    return (this.html ??= docsPage(this.draw().value));
  }

  private draw(): NonNullable<ApiDocument['drawn']> {
    if (this.drawn !== null) return this.drawn;
    const value = descriptionOf(this.routes(), this.version);
    const json = JSON.stringify(value);
    const etag = `"${createHash('sha256').update(json).digest('base64url').slice(0, 22)}"`;
    return (this.drawn = { value, json, etag });
  }
}

export function descriptionOf(routes: readonly Route[], version: string): ApiDescription {
  const components = new Components();
  const paths: Record<string, Record<string, Operation>> = {};
  for (const route of [...routes].sort(inOrder))
    (paths[templateOf(route.path)] ??= {})[route.method.toLowerCase()] = operationOf(route, components);
  const tags = [...new Set(routes.map(({ path }) => roomOf(path)))].sort();
  return {
    openapi: '3.1.0',
    info: { title: 'ForgeRun', version, description },
    jsonSchemaDialect: 'https://json-schema.org/draft/2020-12/schema',
    servers: [{ url: '/' }],
    security: [{ api_key: [] }],
    tags: tags.map((name) => ({ name })),
    paths,
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
  const { access, body, summary, path, name } = route;
  const isOpen = access?.kind === 'public';
  const scopes = scopesThatOpen(access);
  return {
    operationId: operationIdOf(name),
    summary: summary ?? wordsOf(name),
    description: isOpen ? 'Needs no key.' : `Needs a key with the scope ${eitherOf(scopes)}.`,
    tags: [roomOf(path)],
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

/** `JobsController.submitBatch` is `jobs_submitBatch`. */
function operationIdOf(name: string): string {
  const [controller = '', handler = ''] = name.split('.');
  const room = controller.replace(/Controller$/, '');
  return `${room.charAt(0).toLowerCase()}${room.slice(1)}_${handler}`;
}

function wordsOf(name: string): string {
  const words = (name.split('.')[1] ?? name).replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function inOrder(one: Route, other: Route): number {
  const [a, b] = [`${one.path} ${one.method}`, `${other.path} ${other.method}`];
  return a === b ? 0 : a < b ? -1 : 1;
}
