import { apiTexts } from '../../src/app/api-texts.js';
import { eventSchemas } from '../../src/jobs/queries/history.response.js';
import { jobEventTypes } from '../../src/jobs/domain/job.events.js';
import { propertiesOf, type Schema } from '../../src/platform/http/openapi/answer-schemas.js';
import { descriptionFor } from '../../src/platform/http/openapi/descriptions.js';
import { missedTicks } from '../../src/webhooks/queries/missed-ticks.contract.js';

/** What the page must say under one heading. */
export interface ReferenceSection {
  readonly heading: string;
  readonly sentence: string;
  /** Name, type and meaning of each member. */
  readonly rows: readonly (readonly [name: string, type: string, meaning: string])[];
}

const { descriptions } = apiTexts('');

const textOf = (key: string): string => {
  const given = descriptions[key];
  return typeof given === 'string' ? given : (given?.text ?? '');
};

/** One section for each event and for each part that events share, as code declares them. */
export function referenceSections(): readonly ReferenceSection[] {
  const parts = new Map<string, Schema>();
  const events = jobEventTypes.map((type) => {
    const data = propertiesOf(eventSchemas[type])['data'] ?? {};
    return { heading: type, sentence: textOf(`${type}Event`), rows: rowsOf(data, parts) };
  });
  const missed = {
    heading: 'OccurrencesMissed',
    sentence: textOf('MissedTicks'),
    rows: rowsOf(missedTicks.schema, parts),
  };
  const shared = [...parts].map(([heading, schema]) => ({
    heading,
    sentence: textOf(heading),
    rows: rowsOf(schema, new Map()),
  }));
  return [...events, missed, ...shared.sort((one, other) => (one.heading < other.heading ? -1 : 1))];
}

function rowsOf(schema: Schema, parts: Map<string, Schema>): ReferenceSection['rows'] {
  const owner = String(schema['title']);
  const required = schema['required'] as readonly string[];
  return Object.entries(propertiesOf(schema)).map(([name, member]) => {
    const given = descriptionFor(descriptions, owner, name);
    const meaning = typeof given === 'string' ? given : (given?.text ?? '');
    const absent = required.includes(name) ? '' : ', or absent';
    return [`\`${name}\``, `${typeOf(member, parts)}${absent}`, meaning];
  });
}

function typeOf(schema: Schema, parts: Map<string, Schema>): string {
  const { title, anyOf, enum: values, items, properties, additionalProperties, type } = schema;
  if (Array.isArray(anyOf)) {
    const [known = {}] = anyOf as readonly Schema[];
    return `${typeOf(known, parts)}, or null`;
  }
  if (typeof title === 'string' && properties !== undefined) {
    parts.set(title, schema);
    return `[${title}](#${title.toLowerCase()})`;
  }
  if (Array.isArray(values)) return (values as readonly string[]).map((value) => `\`${value}\``).join(', ');
  if (items !== undefined) return `list of ${typeOf(items as Schema, parts)}`;
  if (additionalProperties !== undefined) return 'texts by name';
  const types = (Array.isArray(type) ? type : [type]) as readonly (string | undefined)[];
  const word = wordFor(types[0], schema['format']);
  return types.includes('null') ? `${word}, or null` : word;
}

function wordFor(type: string | undefined, format: unknown): string {
  if (type === undefined) return 'any JSON';
  if (type !== 'string') return type;
  return format === 'uuid' ? 'UUID' : format === 'date-time' ? 'time' : 'text';
}
