import { type ApiDescription, type Operation, type Parameter } from '../../src/platform/http/openapi/document.types.js';

const methods = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'];
/** A header parameter of these names is ignored by who reads the document. */
const reservedHeaders = ['accept', 'content-type', 'authorization'];
const componentName = /^[a-zA-Z0-9._-]+$/;
const status = /^([1-5]\d\d|[1-5]XX|default)$/;

/** What OpenAPI 3.1 asks of a document beyond the types it was written with. */
export function documentFaults(document: ApiDescription): readonly string[] {
  const faults: string[] = [];
  const must = (holds: boolean, fault: string): void => {
    if (!holds) faults.push(fault);
  };
  must(/^3\.1\.\d+$/.test(document.openapi), 'openapi is not a version 3.1');
  must(document.info.title !== '' && document.info.version !== '', 'info lacks its title or version');
  must(
    document.servers.every(({ url }) => url.startsWith('/')),
    'a server is not relative',
  );
  const ids: string[] = [];
  const shapes = new Map<string, string>();
  for (const [path, item] of Object.entries(document.paths)) {
    must(path.startsWith('/'), `${path} does not begin with a slash`);
    const shape = path.replace(/\{[^}]+\}/g, '{}');
    must(!shapes.has(shape), `${path} is the same as ${shapes.get(shape) ?? ''}`);
    shapes.set(shape, path);
    for (const [method, operation] of Object.entries(item)) {
      const place = `${method} ${path}`;
      must(methods.includes(method), `${place} is not a method`);
      ids.push(operation.operationId);
      faults.push(...operationFaults(place, path, operation, document));
    }
  }
  must(new Set(ids).size === ids.length, 'an operationId comes twice');
  for (const part of [document.components.schemas, document.components.headers, document.components.securitySchemes])
    for (const name of Object.keys(part)) must(componentName.test(name), `${name} is no name for a component`);
  faults.push(...danglingIn(document));
  return faults;
}

function operationFaults(place: string, path: string, operation: Operation, document: ApiDescription): string[] {
  const faults: string[] = [];
  const { parameters, responses, tags, security, summary, requestBody } = operation;
  const inPath = [...path.matchAll(/\{([^}]+)\}/g)].map(([, name = '']) => name).sort();
  const declared = parameters.filter((each) => each.in === 'path').map(({ name }) => name);
  if (JSON.stringify(inPath) !== JSON.stringify(declared.sort())) faults.push(`${place}: its path parameters differ`);
  const names = parameters.map((each) => `${each.in} ${each.name.toLowerCase()}`);
  if (new Set(names).size !== names.length) faults.push(`${place}: a parameter comes twice`);
  for (const parameter of parameters) if (!isParameter(parameter)) faults.push(`${place}: ${parameter.name} is wrong`);
  if (Object.keys(responses).length === 0) faults.push(`${place}: has no responses`);
  for (const [code, { description, content = {} }] of Object.entries(responses)) {
    if (!status.test(code)) faults.push(`${place}: ${code} is no status`);
    if (description === '') faults.push(`${place} ${code}: is not described`);
    for (const type of Object.keys(content)) if (!/^[\w.+-]+\/[\w.+-]+$/.test(type)) faults.push(`${place}: ${type}`);
  }
  if (requestBody !== undefined && Object.keys(requestBody.content).length === 0) faults.push(`${place}: empty body`);
  if (summary === '') faults.push(`${place}: has no summary`);
  const known = document.tags.map(({ name }) => name);
  if (!tags.every((tag) => known.includes(tag))) faults.push(`${place}: has an unknown tag`);
  const schemes = Object.keys(document.components.securitySchemes);
  if (!security.every((each) => Object.keys(each).every((name) => schemes.includes(name))))
    faults.push(`${place}: has an unknown security scheme`);
  return faults;
}

const isParameter = ({ name, in: place, required }: Parameter): boolean =>
  name !== '' &&
  (place !== 'path' || required) &&
  !(place === 'header' && reservedHeaders.includes(name.toLowerCase()));

/** References that lead nowhere. */
function danglingIn(document: ApiDescription): readonly string[] {
  const refs = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, ref = '']) => ref);
  return [...new Set(refs)].filter((ref) => {
    if (!ref.startsWith('#/')) return true;
    let node: unknown = document;
    for (const part of ref.slice(2).split('/'))
      node = typeof node === 'object' && node !== null ? (node as Readonly<Record<string, unknown>>)[part] : undefined;
    return node === undefined;
  });
}
