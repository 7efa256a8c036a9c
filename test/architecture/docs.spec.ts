import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { syntheticKinds } from '../../src/kernel/work-kinds.js';
import { failpoints } from '../../src/platform/failpoints/names.js';
import { problems } from '../../src/platform/http/problems.js';
import { Clients, Keys } from '../../src/sdk/clients.js';
import { Jobs } from '../../src/sdk/jobs.js';
import { Leases } from '../../src/sdk/leases.js';
import { Queues } from '../../src/sdk/queues.js';
import { Schedules } from '../../src/sdk/schedules.js';
import { Webhooks } from '../../src/sdk/webhooks.js';
import { invariants } from '../../src/simulator/judge/judge.js';
import { logInvariants } from '../../src/simulator/judge/log/judge-log.js';
import { figureNames } from '../../src/simulator/report/figures.js';

const pages = [
  'README.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  ...readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
];

/** Every block of code that is a file of this repository: page, file, code. */
const shownFiles = pages.flatMap((page) =>
  [...readFileSync(page, 'utf8').matchAll(/^```\w+ file=(\S+)\n([\s\S]*?)^```/gm)].map(
    ([, file = '', code = '']) => [page, file, code] as const,
  ),
);

/** Words in capitals that are no kinds. */
const stateNames = new Set(['CREATED', 'QUEUED', 'ASSIGNED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELED']);

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

  it.each(shownFiles)('show the file as it is: %s shows %s', (_page, file, code) => {
    expect(code).toBe(readFileSync(file, 'utf8'));
  });

  it('list every failpoint, and say where it is in the words of the code', () => {
    const page = readFileSync('docs/internals/failpoints.md', 'utf8');
    const listed = [...page.matchAll(/^\| `([a-z-]+\.[a-z-]+)` +\| (.+?) +\|$/gm)].map(([, name, place]) => [
      name,
      place,
    ]);
    expect(listed).toEqual(Object.entries(failpoints));
  });

  it('find a link that leads nowhere', () => {
    expect(faultOf('README.md', 'docs/nowhere.md')).toBe('docs/nowhere.md leads to no file');
    expect(faultOf('README.md', 'README.md#nowhere')).toBe('README.md#nowhere leads to no heading');
  });

  it('stand in the index, all of them', () => {
    const listed = new Set(linksOf('docs/README.md').map((link) => join('docs', link.split('#')[0] ?? '')));
    const missing = pages.filter((page) => page.startsWith('docs/') && page !== 'docs/README.md' && !listed.has(page));
    expect(missing).toEqual([]);
  });

  it.each(pages)('call the engine and the key by one name each: %s', (page) => {
    const lines = readFileSync(page, 'utf8').match(/^.*\bcurl .*$/gm) ?? [];
    expect(lines.filter((line) => /\$(URL|KEY)\b|\/\/127\.0\.0\.1:8080/.test(line))).toEqual([]);
  });

  it('list every synthetic kind once', () => {
    const rows = readFileSync('docs/reference/jobs.md', 'utf8').matchAll(/^\| ((?:`[A-Z0-9_]+`(?:, )?)+) +\|/gm);
    const listed = [...rows].flatMap(([, names = '']) => [...names.matchAll(/`(\w+)`/g)].map(([, name]) => name));
    expect(listed.filter((name) => !stateNames.has(name ?? '')).sort()).toEqual([...syntheticKinds].sort());
  });

  it.each([
    ['jobs', Jobs],
    ['schedules', Schedules],
    ['webhooks', Webhooks],
    ['queues', Queues],
    ['clients', Clients],
    ['keys', Keys],
    ['leases', Leases],
  ])('list every method of the SDK: %s', (part, { prototype }) => {
    const row =
      new RegExp(`^\\| \`${part}\` +\\| (.*)\\|$`, 'm').exec(readFileSync('docs/guides/sdk.md', 'utf8'))?.[1] ?? '';
    const listed = [...(row.split(':')[0] ?? '').matchAll(/`(\w+)`/g)].map(([, name]) => name);
    const methods = Object.getOwnPropertyNames(prototype).filter((name) => name !== 'constructor');
    expect(listed.sort()).toEqual(methods.sort());
  });

  it('list every figure of a simulation, and every invariant', () => {
    const page = readFileSync('docs/guides/simulate.md', 'utf8');
    const rows = [...page.matchAll(/^\| `([a-z0-9_…]+)` +\|/gm)].map(([, name = '']) => name);
    const figures = rows.flatMap((name) =>
      name.includes('…') ? ['p50', 'p95', 'p99', 'max'].map((share) => name.replace('…', share)) : [name],
    );
    for (const name of [...figureNames, ...[...invariants, ...logInvariants].map(({ name }) => name)])
      expect([name, figures.filter((listed) => listed === name).length]).toEqual([name, 1]);
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
