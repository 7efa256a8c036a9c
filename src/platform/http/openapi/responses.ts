import { type Answer } from '../answer.rules.js';
import { problems, saysWhenToComeAgain } from '../problems.js';
import { type Route } from '../routes.module.js';
import { failureCodeOf } from '../validation/request.rules.js';
import { problemSchema, type Schema, text } from './answer-schemas.js';
import { type Components } from './components.js';
import { type Content, type Header, type Response } from './document.types.js';
import { namesInPath } from './parameters.js';

type Headers = NonNullable<Response['headers']>;

/** Everything a route can answer with, by status; `default` is what the HTTP layer refuses before it knows the route. */
export function responsesOf(route: Route, components: Components): Readonly<Record<string, Response>> {
  const responses: Record<string, Response> = {};
  for (const answer of route.answers)
    responses[answer.status] = merged(responses[answer.status], success(route, answer, components));
  for (const [status, codes] of byStatus(codesOf(route)))
    responses[status] = merged(responses[status], refusal(status, codes, components));
  responses['default'] = {
    description: 'Anything else that is refused.',
    headers: shared('X-Request-Id'),
    content: problemContent(components),
  };
  return responses;
}

function success(route: Route, answer: Answer, components: Components): Response {
  const { description, schema, type, headers } = answer;
  const content: Record<string, { readonly schema?: Schema }> = {};
  if (schema !== null) content[type] = { schema: components.use(schema) };
  if (schema !== null && answer.status < 300) for (const other of route.produces) content[other] ??= { schema: text };
  return {
    description,
    headers: { ...headersOf(route), ...described(headers) },
    ...(schema === null ? {} : { content }),
  };
}

function headersOf({ method, access }: Route): Headers {
  if (access?.kind !== 'scopes') return shared('X-Request-Id');
  const position = method === 'GET' ? [] : ['ForgeRun-Position'];
  return shared('X-Request-Id', 'RateLimit', 'RateLimit-Policy', ...position);
}

const described = (headers: Readonly<Record<string, string>>): Record<string, Header> =>
  Object.fromEntries(Object.entries(headers).map(([name, description]) => [name, { description, schema: text }]));

/** Header fields that answers share; each stands once in the document. */
export const sharedHeaders = described({
  'X-Request-Id': 'The id under which the logs name this request: the caller’s, if it sent one.',
  'ForgeRun-Position': 'How far the log reached with this write; a read may send it as ForgeRun-Min-Position.',
  RateLimit: 'How many requests the client has left, and until when; absent where the rate is not limited.',
  'RateLimit-Policy': 'How many requests a client may make, and in what time.',
  'WWW-Authenticate': 'The scheme to authenticate with: Bearer.',
  'Retry-After': 'After how many seconds to send the request again.',
});

const shared = (...names: readonly string[]): Headers =>
  Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));

const refusalHeaders = (status: number, codes: readonly string[]): Headers => ({
  ...shared('X-Request-Id'),
  ...(status === 401 ? shared('WWW-Authenticate') : {}),
  ...(codes.some(saysWhenToComeAgain) ? shared('Retry-After') : {}),
});

const refusal = (status: number, codes: readonly string[], components: Components): Response => ({
  description: codes.map((code) => problems[code]?.title ?? code).join(', or: '),
  headers: refusalHeaders(status, codes),
  content: problemContent(components),
  'x-forgerun-codes': codes,
});

const problemContent = (components: Components): Content => ({
  'application/problem+json': { schema: components.use(problemSchema) },
});

/** What a route's kind lets it refuse with, and what it says of itself. */
function codesOf(route: Route): readonly string[] {
  const { method, path, access, body, query, refuses, isCounted } = route;
  const codes = new Set(['RFA_REQUEST_MALFORMED', 'RFA_REQUEST_NOT_ACCEPTABLE', ...refuses]);
  const add = (...more: readonly string[]): void => {
    for (const code of more) if (Object.hasOwn(problems, code)) codes.add(code);
  };
  for (const requestClass of [body, query]) if (requestClass !== null) add(failureCodeOf(requestClass));
  // What is too long for an id is no path at all.
  for (const name of namesInPath(path)) add(notFoundCode(name), 'RFA_REQUEST_NOT_FOUND');
  if (access?.kind === 'scopes') {
    add('RFA_AUTH_INVALID_CREDENTIALS', 'RFA_AUTH_TOKEN_EXPIRED', 'RFA_AUTH_FORBIDDEN', 'RFA_AUTH_API_KEY_DISABLED');
    // Whom ForgeRun-Client names may not exist.
    add('RFA_CLIENT_NOT_FOUND');
    if (isCounted) add('RFA_REQUEST_RATE_LIMITED');
    add('RFA_STORAGE_DB_ERROR', 'RFA_STORAGE_UNAVAILABLE');
  }
  if (!path.startsWith('/health')) add('RFA_EXEC_WORKER_UNAVAILABLE', 'RFA_DEPENDENCY_TIMEOUT');
  // A body that means nothing to a call is still read, and held to the same rules.
  if (method !== 'GET') {
    add('RFA_REQUEST_PAYLOAD_TOO_LARGE', 'RFA_REQUEST_UNSUPPORTED_MEDIA_TYPE');
    add(`RFA_${moduleOf(path).replace(/s$/, '').toUpperCase()}_CONFLICT`);
  } else add('RFA_REQUEST_UNSUPPORTED_MEDIA_TYPE');
  return [...codes].sort();
}

/** `jobs` in `/v1/jobs/:job_id`. */
export const moduleOf = (path: string): string => path.split('/').find((part) => part !== '' && part !== 'v1') ?? 'api';

function notFoundCode(parameter: string): string {
  const code = `RFA_${parameter.replace(/_id$/, '').toUpperCase()}_NOT_FOUND`;
  return Object.hasOwn(problems, code) ? code : 'RFA_REQUEST_NOT_FOUND';
}

function byStatus(codes: readonly string[]): ReadonlyMap<number, readonly string[]> {
  const grouped = new Map<number, string[]>();
  for (const code of codes) {
    const status = problems[code]?.status ?? 500;
    grouped.set(status, [...(grouped.get(status) ?? []), code]);
  }
  return grouped;
}

/** A status may stand for a success of one kind and a refusal of another, distinguished by their media types. */
function merged(one: Response | undefined, other: Response): Response {
  if (one === undefined) return other;
  return {
    ...one,
    ...other,
    description: `${one.description} Or: ${other.description}`,
    headers: { ...one.headers, ...other.headers },
    content: { ...one.content, ...other.content },
  };
}
