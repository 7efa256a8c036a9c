import { createRequire } from 'node:module';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { FakeTree } from './fake-tree.js';
import {
  base,
  importViolations,
  lawful,
  lawfulSyntax,
  syntaxViolations,
  type Violation,
} from './architecture.violations.js';

interface CruiserFindings {
  readonly summary: {
    readonly violations: readonly { readonly from: string; readonly rule: { readonly name: string } }[];
  };
}

interface LintedFile {
  readonly filePath: string;
  readonly messages: readonly { readonly ruleId: string | null }[];
}

const filesOf = (violations: readonly Violation[]): Record<string, string> =>
  Object.assign({ ...base }, ...violations.map(({ file, code, beside }) => ({ ...beside, [file]: code }))) as Record<
    string,
    string
  >;

/** Each finding as `rule in file`. */
async function cruise(tree: FakeTree): Promise<readonly string[]> {
  const program = 'dependency-cruiser/bin/dependency-cruise.mjs';
  const args = ['--config', '.dependency-cruiser.cjs', '--output-type', 'json'];
  const findings = await tree.run(program, ...args, 'src', 'projections', 'migrations', 'test');
  const { summary } = JSON.parse(findings) as CruiserFindings;
  return summary.violations.map(({ rule, from }) => `${rule.name} in ${from}`);
}

async function lint(tree: FakeTree): Promise<readonly string[]> {
  const linted = JSON.parse(await tree.run('eslint/bin/eslint.js', '--format', 'json', '.')) as readonly LintedFile[];
  return linted.flatMap(({ filePath, messages }) =>
    messages.map(({ ruleId }) => `${ruleId ?? 'fatal'} in ${filePath.slice(tree.folder.length + 1)}`),
  );
}

// Starting the linters takes its time on a machine that is busy with other tests.
const patienceMs = 120_000;

describe('the law on imports', () => {
  const trees: FakeTree[] = [];
  const planted = (files: Readonly<Record<string, string>>): FakeTree => {
    const tree = new FakeTree(files);
    trees.push(tree);
    return tree;
  };
  let found: readonly string[] = [];

  beforeAll(async () => {
    found = await cruise(planted(filesOf(importViolations)));
  }, patienceMs);

  afterAll(() => {
    for (const tree of trees) tree.remove();
  });

  it.each(importViolations.map(({ rule, file }) => [rule, file] as const))('catches %s in %s', (rule, file) => {
    expect(found).toContain(`${rule} in ${file}`);
  });

  it('has a violation planted for every rule', () => {
    const config = createRequire(join(process.cwd(), 'package.json'))('./.dependency-cruiser.cjs') as {
      readonly forbidden: readonly { readonly name: string }[];
    };
    const rules = config.forbidden.map(({ name }) => name);
    expect([...new Set(importViolations.map(({ rule }) => rule))].sort()).toEqual(rules.sort());
  });

  it(
    'leaves a lawful tree alone',
    async () => {
      expect(await cruise(planted(lawful))).toEqual([]);
    },
    patienceMs,
  );
});

describe('the law on syntax', () => {
  let tree: FakeTree;
  let found: readonly string[] = [];

  beforeAll(async () => {
    tree = new FakeTree({ ...filesOf(syntaxViolations), ...lawfulSyntax });
    found = await lint(tree);
  }, patienceMs);

  afterAll(() => {
    tree.remove();
  });

  it.each(syntaxViolations.map(({ rule, file }) => [rule, file] as const))('catches %s in %s', (rule, file) => {
    expect(found).toContain(`${rule} in ${file}`);
  });

  it('leaves lawful files alone', () => {
    const files = Object.keys({ ...base, ...lawfulSyntax });
    expect(found.filter((finding) => files.some((file) => finding.endsWith(` in ${file}`)))).toEqual([]);
  });
});
