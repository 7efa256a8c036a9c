import { createHash } from 'node:crypto';
import { type Schema } from './answer-schemas.js';
import { type ApiDescription, type Content, type Operation, type Parameter } from './document.types.js';

const style = `
:root{color-scheme:light dark;--line:#8884;--soft:#8882;--link:#2563eb}
body{font:15px/1.5 system-ui,sans-serif;margin:0 auto;max-width:76rem;padding:1rem 1.5rem 4rem}
h1{margin:.5rem 0}h2{margin:2.5rem 0 .5rem;border-bottom:2px solid var(--line)}h4{margin:1rem 0 .3rem}
a{color:var(--link);text-decoration:none}code,pre{font:13px/1.45 ui-monospace,monospace}
nav ul{columns:18rem;padding-left:1.2rem;margin:.3rem 0}
details{border:1px solid var(--line);border-radius:6px;margin:.5rem 0;padding:.4rem .8rem}
summary{cursor:pointer}summary b{display:inline-block;min-width:4.2rem}
table{border-collapse:collapse;width:100%}td,th{border-bottom:1px solid var(--line);padding:.25rem .6rem .25rem 0;text-align:left;vertical-align:top}
pre{background:var(--soft);border-radius:6px;overflow:auto;padding:.6rem .8rem;margin:.3rem 0}.dim{opacity:.7}
`;

const hash = createHash('sha256').update(style).digest('base64');

/** Allows nothing but this page's own style: it needs no script, no picture and no other server. */
export const docsPolicy = `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

interface Call extends Operation {
  readonly method: string;
  readonly path: string;
}

/** The whole reference on one page. */
export function docsPage({ info, tags, paths, webhooks, components }: ApiDescription): string {
  const calls = callsIn(paths);
  const groups = [
    ...tags.map((tag) => ({ ...tag, calls: calls.filter((call) => call.tags.includes(tag.name)) })),
    {
      name: 'messages',
      description: 'What is sent to webhooks and callbacks, by the name of the event.',
      calls: callsIn(webhooks),
    },
  ];
  const schemas = Object.entries(components.schemas);
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width,initial-scale=1">',
    `<title>${safe(info.title)} API</title><style>${style}</style></head><body>`,
    `<h1>${safe(info.title)} API <small class="dim">${safe(info.version)}</small></h1><p>${prose(info.description)}</p>`,
    '<p>For programs: <a href="/openapi.json">/openapi.json</a>. Every error code: <a href="/problems">/problems</a>.</p><nav>',
    ...groups.map(
      ({ name, calls: own }) =>
        `<a href="#${safe(name)}"><strong>${safe(name)}</strong></a><ul>${own.map(entryOf).join('')}</ul>`,
    ),
    '<a href="#schemas"><strong>schemas</strong></a></nav>',
    ...groups.map(
      ({ name, description, calls: own }) =>
        `<h2 id="${safe(name)}">${safe(name)}</h2><p>${prose(description)}</p>${own.map(callOf).join('')}`,
    ),
    '<h2 id="schemas">schemas</h2>',
    ...schemas.map(
      ([name, schema]) =>
        `<details id="schema-${safe(name)}" open><summary><b>${safe(name)}</b></summary>${aboutOf(schema)}${fieldsOf(schema)}</details>`,
    ),
    '</body></html>',
  ].join('\n');
}

const callsIn = (paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>): readonly Call[] =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): Call => ({ ...operation, method: method.toUpperCase(), path })),
  );

const entryOf = ({ operationId, method, path }: Call): string =>
  `<li><a href="#${safe(operationId)}"><code>${method} ${safe(path)}</code></a></li>`;

function callOf(call: Call): string {
  const { operationId, method, path, summary, description, parameters, requestBody, responses } = call;
  return [
    `<details id="${safe(operationId)}" open><summary><b>${method}</b> <code>${safe(path)}</code> `,
    `<span class="dim">${safe(summary)}</span></summary><p>${prose(description)}</p>`,
    parameters.length === 0 ? '' : table('Parameters', parameters.map(parameterRow)),
    requestBody === undefined ? '' : `<h4>Body</h4>${contentOf(requestBody.content)}`,
    table(
      'Answers',
      Object.entries(responses).map(([status, { description, content = {}, 'x-forgerun-codes': codes }]) => [
        `<code>${status}</code>`,
        codes === undefined ? prose(description) : codes.map(codeLink).join('<br>'),
        contentOf(content),
      ]),
    ),
    '</details>',
  ].join('');
}

const codeLink = (code: string): string => `<a href="/problems/${code}"><code>${code}</code></a>`;

const parameterRow = ({ name, in: place, required, description = '', schema }: Parameter): readonly string[] => [
  `<code>${safe(name)}</code>${required ? ' *' : ''}`,
  `<span class="dim">${place}</span>`,
  `${typeOf(schema)} ${prose(description)}${valuesOf(schema)}`,
];

const contentOf = (content: Content): string =>
  Object.entries(content)
    .map(([type, { schema = {} }]) => `<span class="dim">${safe(type)}</span> ${typeOf(schema)}`)
    .join('<br>');

function fieldsOf(schema: Schema): string {
  const required = (schema['required'] ?? []) as readonly string[];
  const properties = Object.entries((schema['properties'] ?? {}) as Readonly<Record<string, Schema>>);
  if (properties.length === 0) return typeOf(schema);
  return table(
    '',
    properties.map(([name, each]) => [
      `<code>${safe(name)}</code>${required.includes(name) ? ' *' : ''}`,
      `${typeOf(each)} ${textOf(each)}${valuesOf(each)}`,
    ]),
  );
}

const textOf = ({ description }: Schema): string => prose(typeof description === 'string' ? description : '');

function aboutOf(schema: Schema): string {
  const text = `${textOf(schema)}${valuesOf(schema)}`;
  return text === '' ? '' : `<p>${text}</p>`;
}

/** The default and the examples. */
function valuesOf({ default: value, examples = [] }: Schema): string {
  const noted = [
    ...(value === undefined ? [] : [`default ${JSON.stringify(value)}`]),
    ...(examples as readonly unknown[]).map((example) => `example ${JSON.stringify(example)}`),
  ];
  return noted.length === 0 ? '' : ` <code class="dim">${safe(noted.join(', '))}</code>`;
}

/** A schema in a few words; what has a name is linked to. */
function typeOf(schema: Schema): string {
  const { $ref, anyOf, oneOf, items, properties, additionalProperties } = schema;
  if (typeof $ref === 'string') {
    const name = $ref.split('/').at(-1) ?? '';
    return `<a href="#schema-${safe(name)}">${safe(name)}</a>`;
  }
  if (Array.isArray(anyOf)) return (anyOf as readonly Schema[]).map(typeOf).join(' or ');
  if (Array.isArray(oneOf)) return `one of ${(oneOf as readonly Schema[]).map(typeOf).join(', ')}`;
  if (schema['enum'] !== undefined)
    return `<code>${safe((schema['enum'] as unknown[]).map(String).join(' | '))}</code>`;
  if (items !== undefined) return `list of ${typeOf(items as Schema)}${limitsOf(schema)}`;
  if (Object.keys(properties ?? {}).length > 0) return fieldsOf(schema);
  if (typeof additionalProperties === 'object') return `map of ${typeOf(additionalProperties as Schema)}`;
  const type =
    typeof schema['type'] === 'string' ? schema['type'] : ((schema['type'] ?? ['any']) as string[]).join(' or ');
  const format = schema['format'] ?? '';
  return `<span>${safe(`${type} ${typeof format === 'string' ? format : ''}`.trim())}</span>${limitsOf(schema)}`;
}

const limits = ['minLength', 'maxLength', 'minimum', 'maximum', 'minItems', 'maxItems', 'pattern', 'const'];

function limitsOf(schema: Schema): string {
  const said = limits.filter((keyword) => schema[keyword] !== undefined);
  if (said.length === 0) return '';
  return ` <code class="dim">${safe(said.map((keyword) => `${keyword} ${String(schema[keyword])}`).join(', '))}</code>`;
}

function table(title: string, rows: readonly (readonly string[])[]): string {
  const head = title === '' ? '' : `<h4>${title}</h4>`;
  return `${head}<table>${rows.map((cells) => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`).join('')}</table>`;
}

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const safe = (text: string): string => text.replace(/[&<>"']/g, (sign) => escapes[sign] ?? sign);

/** A text for people, in which names stand between backticks. */
const prose = (text: string): string => safe(text).replace(/`([^`]+)`/g, '<code>$1</code>');
