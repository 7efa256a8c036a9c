import { eventStreamType } from '../server-sent-events.js';
import { type Route } from '../routes.module.js';
import { schemaOf } from '../validation/schema.js';
import { type Schema, text, uuid } from './answer-schemas.js';
import { type Components } from './components.js';
import { type Parameter } from './document.types.js';

/** The names of what a path leaves open: `job_id` in `/v1/jobs/:job_id`. */
export const namesInPath = (path: string): readonly string[] =>
  path.split('/').flatMap((part) => (part.startsWith(':') ? [part.slice(1)] : []));

/** Everything a route takes beside its body. */
export function parametersOf(route: Route, components: Components): readonly Parameter[] {
  return [...pathParameters(route), ...queryParameters(route, components), ...headerParameters(route)];
}

const pathParameters = ({ path }: Route): readonly Parameter[] =>
  namesInPath(path).map((name) => ({ name, in: 'path', required: true, schema: pathSchema(name) }));

function pathSchema(name: string): Schema {
  if (name.endsWith('_id')) return uuid;
  if (name === 'queue') return { type: 'string', pattern: '^[a-z0-9][a-z0-9_-]{0,62}$' };
  return { type: 'string', minLength: 1, maxLength: 256 };
}

function queryParameters({ query }: Route, components: Components): readonly Parameter[] {
  if (query === null) return [];
  const { properties = {}, required = [] } = schemaOf(query);
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema: components.use({ ...schema }),
  }));
}

function headerParameters({ method, access, produces, headers }: Route): readonly Parameter[] {
  const header = (name: string, description: string): Parameter => ({
    name,
    in: 'header',
    required: false,
    description,
    schema: text,
  });
  const own = headers.map(([name, description]) => header(name, description));
  const requestId = header('X-Request-Id', 'Comes back in the answer and stands in the logs.');
  if (access?.kind !== 'scopes') return [...own, requestId];
  return [
    ...own,
    ...(produces.includes(eventStreamType)
      ? [header('Last-Event-ID', 'The id of the last event that an interrupted stream gave; it goes on after it.')]
      : []),
    ...(method === 'GET'
      ? [header('ForgeRun-Min-Position', 'A ForgeRun-Position that a write gave; the answer shows at least that much.')]
      : []),
    header('ForgeRun-Client', 'The client for whom a key with the scope admin acts.'),
    requestId,
  ];
}
