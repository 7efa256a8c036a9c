import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { referenceSections } from '../support/event-reference.js';

/** The page's text from each heading of the third level to the next heading, by heading. */
const told = new Map(
  readFileSync('docs/reference/events.md', 'utf8')
    .split(/^(?=#{1,3} )/m)
    .flatMap((part) => {
      const [, heading, text = ''] = /^### `?(\w+)`?\n([\s\S]*)$/.exec(part) ?? [];
      return heading === undefined ? [] : [[heading, text] as const];
    }),
);

const rowsIn = (text: string): readonly (readonly string[])[] =>
  [...text.matchAll(/^\| (`\w+`) +\| (.*?) +\| (.*?) *\|$/gm)].map(([, ...cells]) => cells);

describe('the reference of events', () => {
  const sections = referenceSections();

  it('has a section for each event and each part of one, and no other', () => {
    const others = ['Readers'];
    expect([...told.keys()].filter((heading) => !others.includes(heading))).toEqual(
      sections.map(({ heading }) => heading),
    );
  });

  it.each(sections)('tells what $heading has, as the code declares it', ({ heading, sentence, rows }) => {
    const text = told.get(heading) ?? '';
    expect(text).toContain(sentence);
    expect(rowsIn(text)).toEqual(rows);
  });
});
