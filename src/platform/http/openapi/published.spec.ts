import { describe, expect, it } from '@jest/globals';
import { asJsonText } from '../../../kernel/json-text.js';
import { RawJson } from '../json/raw-json.js';
import {
  named,
  orAbsent,
  orNull,
  published,
  publishedChoice,
  publishedCount,
  publishedInstant,
  publishedJson,
  publishedList,
  publishedText,
  withheld,
} from './published.js';

interface Part {
  readonly partName: string;
}

interface Thing {
  readonly thingName: string;
  readonly size: number | null;
  readonly secret: string;
  readonly kind: 'plain' | 'odd';
  readonly madeAt: number;
  readonly dueAts: readonly number[];
  readonly content: ReturnType<typeof asJsonText> | null;
  readonly part: Part | null;
  readonly remark?: string;
}

const publication = {
  thingName: publishedText,
  size: orNull(publishedCount),
  secret: withheld,
  kind: publishedChoice('ThingKind', ['plain', 'odd']),
  madeAt: publishedInstant,
  dueAts: named('due_at', publishedList(publishedInstant)),
  content: orNull(publishedJson),
  part: orNull(published<Part>('Part', { partName: publishedText })),
  remark: orAbsent(publishedText),
} as const;
const things = published<Thing>('Thing', publication);

const thing: Thing = {
  ...{ thingName: 'x', size: 3, secret: 'hidden', kind: 'odd', madeAt: 0, dueAts: [1_000] },
  ...{ content: asJsonText('{"n":1.0}'), part: { partName: 'y' }, remark: 'so' },
};

describe('what is published of an object', () => {
  it('is what is declared, under the names and in the forms of the wire', () => {
    expect(things.write(thing)).toEqual({
      ...{ thing_name: 'x', size: 3, kind: 'odd', made_at: '1970-01-01T00:00:00.000Z' },
      due_at: ['1970-01-01T00:00:01.000Z'],
      content: RawJson.of('{"n":1.0}'),
      part: { part_name: 'y' },
      remark: 'so',
    });
  });

  it('is null where that is null, and absent where that is', () => {
    const { remark: _, ...rest } = { ...thing, size: null, content: null, part: null };
    const shown = things.write(rest);
    expect(shown).toMatchObject({ size: null, content: null, part: null });
    expect(Object.keys(shown)).not.toContain('remark');
  });

  it('leaves out what nobody declared, though the value has it', () => {
    expect(Object.keys(things.write({ ...thing, extra: 1 } as Thing))).not.toContain('extra');
  });

  it('has a schema of the same members, of which one may be absent', () => {
    const { properties, required } = things.schema as { properties: object; required: readonly string[] };
    const always = ['thing_name', 'size', 'kind', 'made_at', 'due_at', 'content', 'part'];
    expect([Object.keys(properties), required]).toEqual([[...always, 'remark'], always]);
  });

  it('does not compile while a member is neither published nor withheld, or published as what it is not', () => {
    const { secret: _, ...lacking } = publication;
    // @ts-expect-error the secret is neither
    published<Thing>('Thing', lacking);
    // @ts-expect-error the size may be null
    published<Thing>('Thing', { ...publication, size: publishedCount });
    // @ts-expect-error the remark may be absent
    published<Thing>('Thing', { ...publication, remark: publishedText });
    // @ts-expect-error the kind may be odd
    published<Thing>('Thing', { ...publication, kind: publishedChoice('ThingKind', ['plain']) });
    // @ts-expect-error there is no colour
    published<Thing>('Thing', { ...publication, colour: publishedText });
    expect(true).toBe(true);
  });
});
