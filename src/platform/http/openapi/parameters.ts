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
  return [...pathParameters(route, components), ...queryParameters(route, components), ...headerParameters(route)];
}

/** Under whose name a parameter of the path is described: that of the class with rules for it, which may be like no other. */
export const ownerInPath = (pathRules: Route['pathRules'], name: string): string =>
  pathRules !== null && name in (schemaOf(pathRules).properties ?? {}) ? pathRules.name : 'path';

function pathParameters({ path, pathRules }: Route, components: Components): readonly Parameter[] {
  const rules = pathRules === null ? {} : (schemaOf(pathRules).properties ?? {});
  return namesInPath(path).map((name) => {
    const schema: Schema = { ...(rules[name] ?? (name.endsWith('_id') ? uuid : { ...text, minLength: 1 })) };
    return parameterOf(name, 'path', true, components.member(ownerInPath(pathRules, name), name, schema));
  });
}

/** A parameter is described where it stands, and not once more in its schema. */
function parameterOf(name: string, place: 'path' | 'query', required: boolean, written: Schema): Parameter {
  const { description, ...schema } = written;
  return { name, in: place, required, ...(typeof description === 'string' ? { description } : {}), schema };
}

function queryParameters({ query }: Route, components: Components): readonly Parameter[] {
  if (query === null) return [];
  const { properties = {}, required = [] } = schemaOf(query);
  return Object.entries(properties).map(([name, schema]) =>
    parameterOf(name, 'query', required.includes(name), components.member(query.name, name, { ...schema })),
  );
}

function headerParameters({ access, reads, produces, headers }: Route): readonly Parameter[] {
  const header = (name: string, description: string, schema = text): Parameter => ({
    name,
    in: 'header',
    required: false,
    description,
    schema,
  });
  const own = headers.map(([name, description]) => header(name, description));
  const requestId = header(
    'X-Request-Id',
    'The caller’s own id for the request, to find it in the logs; comes back in the answer.',
  );
  if (access?.kind !== 'scopes') return [...own, requestId];
  return [
    ...own,
    ...(produces.includes(eventStreamType)
      ? [
          header('Last-Event-ID', 'Resumes a stream: the id of the last event that the caller has.', {
            ...text,
            pattern: '^[0-9]{0,38}$',
          }),
        ]
      : []),
    ...(reads === null
      ? []
      : [header('ForgeRun-Min-Position', 'Waits until the answer shows the write that gave this ForgeRun-Position.')]),
    header('ForgeRun-Client', 'Lets a key with the scope admin act for this client, by its UUID.', uuid),
    requestId,
  ];
}
