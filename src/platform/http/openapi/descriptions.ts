import { type Schema } from './answer-schemas.js';

/** What a member means, its default, and an example of it. */
interface Description {
  readonly text: string;
  readonly default?: unknown;
  readonly example?: unknown;
}

/**
 * Descriptions of members, by `Job.state` or, where a member means the same in every schema, by `state`; and of whole schemas,
 * by title.
 */
export type Descriptions = Readonly<Record<string, Description | string>>;

/** Descriptions of several members of one schema. */
export const describing = (owner: string, members: Descriptions): Descriptions =>
  Object.fromEntries(Object.entries(members).map(([name, description]) => [`${owner}.${name}`, description]));

/** Throws where two collections describe the same. */
export function mergedDescriptions(...collections: readonly Descriptions[]): Descriptions {
  const merged: Record<string, Description | string> = {};
  for (const collection of collections)
    for (const [name, description] of Object.entries(collection)) {
      if (Object.hasOwn(merged, name)) throw new TypeError(`${name} is described twice`);
      merged[name] = description;
    }
  return merged;
}

/** The description under the owner's name, else that under the member's own. */
export function descriptionFor(
  descriptions: Descriptions,
  owner: string,
  name: string,
): Description | string | undefined {
  for (const key of [`${owner}.${name}`, name]) if (Object.hasOwn(descriptions, key)) return descriptions[key];
  return undefined;
}

/** The schema with a description. Its bound (`x-bound`) follows what it means. */
export function withDescription(schema: Schema, given: Description | string | undefined): Schema {
  const {
    text,
    default: value,
    example,
  }: Description = typeof given === 'string' ? { text: given } : (given ?? { text: '' });
  const { 'x-bound': bound, ...rest } = schema;
  const sentences = [text, bound].filter((each) => typeof each === 'string' && each !== '');
  return {
    ...rest,
    ...(sentences.length === 0 ? {} : { description: sentences.join(' ') }),
    ...(value === undefined ? {} : { default: value }),
    ...(example === undefined ? {} : { examples: [example] }),
  };
}
