import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { problems } from '../../src/platform/http/problems.js';

const pages = [
  'README.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  ...readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
];

/** A page's text without its code, where brackets and hashes mean something else. */
const proseOf = (page: string): string =>
  readFileSync(page, 'utf8')
    .replace(/^```[\s\S]*?^```/gm, '')
    .replace(/`[^`\n]*`/g, (code) => code.replace(/[[\]()]/g, ''));

const linksOf = (page: string): readonly string[] =>
  [...proseOf(page).matchAll(/\[[^\]]*\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target));

/** Headings become anchors as GitHub makes them. */
const anchorsOf = (page: string): readonly string[] =>
  [...proseOf(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replace(/\s/g, '-'),
  );

function faultOf(page: string, link: string): string | null {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? page : normalize(join(dirname(page), path));
  if (!existsSync(target)) return `${link} leads to no file`;
  if (anchor !== undefined && !anchorsOf(target).includes(anchor)) return `${link} leads to no heading`;
  return null;
}

describe('the documents', () => {
  it.each(pages)('have only links that lead somewhere: %s', (page) => {
    expect(linksOf(page).flatMap((link) => faultOf(page, link) ?? [])).toEqual([]);
  });

  it.each(pages)('name no machine: %s', (page) => {
    expect(readFileSync(page, 'utf8')).not.toMatch(
      /(^|[\s"'`(=:])(~|\/(home|Users|root|work|mnt|private|tmp)|[A-Z]:\\)[\\/]/m,
    );
  });

  it('find a link that leads nowhere', () => {
    expect(faultOf('README.md', 'docs/nowhere.md')).toBe('docs/nowhere.md leads to no file');
    expect(faultOf('README.md', 'README.md#nowhere')).toBe('README.md#nowhere leads to no heading');
  });

  it('list every error code once, with its status', () => {
    const rows = readFileSync('docs/reference/errors.md', 'utf8').matchAll(/^\| `(RFA_[A-Z_]+)` +\| (\d{3}|-)/gm);
    const listed = [...rows].map(([, code, status]) => `${code} ${status === '-' ? 500 : status}`);
    expect(listed.sort()).toEqual(
      Object.entries(problems)
        .map(([code, { status }]) => `${code} ${status}`)
        .sort(),
    );
  });
});
