import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, utimesSync } from 'node:fs';
import { basename, join } from 'node:path';

// Jest runs in the repository's root, whatever folder the spec is in.
const root = process.cwd();
const folders = ['bin', 'migrations', 'projections', 'src', 'test/support'];

/** What tests start as processes of their own. */
const programs = [
  'test/support/forgerun.ts',
  'test/support/postgres-child.ts',
  'test/support/eventstoredb/server-main.ts',
] as const;
export type Program = (typeof programs)[number];

/**
 * A program of this repository as one file of JavaScript with all that it imports: a process that starts with it is up
 * seconds sooner than one that compiles its modules, and looks for two thousand of them. Made once for each state of the
 * sources. It lies as deep as the program itself, which names files by their way from the root.
 */
export function compiled(program: Program): string {
  made ??= madeTree();
  return join(made, 'test/bundled', `${basename(program, '.ts')}.js`);
}

/** The same, module by module, as an installed program loads itself. */
export function compiledModules(program: Program): string {
  made ??= madeTree();
  return join(made, program.replace(/\.ts$/, '.js'));
}

let made: string | undefined;

function madeTree(): string {
  const files = folders.flatMap(filesIn);
  const compiler = 'test/support/compile-tree.mjs';
  const hash = createHash('sha256');
  for (const file of ['package-lock.json', ...files]) hash.update(`${file}\0`).update(readFileSync(join(root, file)));
  const tree = join(root, 'node_modules/.cache/compiled', hash.digest('hex').slice(0, 40));
  if (existsSync(tree)) {
    // Those that were not wanted for a day are removed.
    utimesSync(tree, new Date(), new Date());
    return tree;
  }
  const { status, stderr } = spawnSync(process.execPath, [join(root, compiler), root, tree, ...programs], {
    input: files.join('\n'),
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`the sources could not be compiled: ${stderr}`);
  return tree;
}

const filesIn = (folder: string): string[] =>
  readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.m?[jt]s$/.test(entry.name) && !entry.name.endsWith('.spec.ts'))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort();
