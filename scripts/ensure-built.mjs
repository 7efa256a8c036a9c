// Makes sure that dist is built from the sources as they are. Used by bin/forgerun.mjs in a checkout, and by
// `npm run build`. Plain Node and the Nest CLI.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { oneAtATime } from './one-at-a-time.mjs';
import { runChild } from './run-child.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
// Beside dist and as deep, so that the source maps' relative paths hold after the swap.
const next = join(root, 'dist-next');
const previous = join(root, 'dist-old');
const stampFile = join(dist, '.forgerun-build');
const cache = join(root, 'node_modules/.cache/forgerun');
const folders = ['src', 'projections', 'migrations'];
const files = ['nest-cli.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json'];

/** Builds when a source has changed since the last build. Two at once: one builds, the other waits. */
export async function ensureBuilt() {
  if (isBuiltFrom(sourcesHash())) return;
  mkdirSync(cache, { recursive: true });
  await oneAtATime(join(cache, 'build.pid'), waitingFor, async () => {
    const hash = sourcesHash();
    if (isBuiltFrom(hash)) return;
    await build();
    writeFileSync(join(next, '.forgerun-build'), hash);
    swap();
  });
}

function isBuiltFrom(hash) {
  return existsSync(stampFile) && readFileSync(stampFile, 'utf8') === hash;
}

async function build() {
  const nest = join(root, 'node_modules/@nestjs/cli/bin/nest.js');
  if (!existsSync(nest)) throw new Error('the Nest CLI is not installed; run `npm ci` first');
  process.stderr.write('forgerun: building\n');
  rmSync(next, { recursive: true, force: true });
  const config = join(cache, 'tsconfig.json');
  const compilerOptions = { outDir: next };
  writeFileSync(config, JSON.stringify({ extends: join(root, 'tsconfig.build.json'), compilerOptions }));
  const args = ['build', '--builder', 'tsc', '--path', relative(root, config)];
  await runChild(process.execPath, [nest, ...args], { cwd: root });
}

/** A start that comes between the two renames sees no stamp, waits its turn, and finds the new build. */
function swap() {
  rmSync(previous, { recursive: true, force: true });
  if (existsSync(dist)) renameSync(dist, previous);
  renameSync(next, dist);
  rmSync(previous, { recursive: true, force: true });
}

function sourcesHash() {
  const hash = createHash('sha256');
  const sources = folders.filter((folder) => existsSync(join(root, folder))).flatMap(filesIn);
  for (const file of [...files, ...sources]) {
    const content = readFileSync(join(root, file));
    hash.update(`${file}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

function filesIn(folder) {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory()) return filesIn(path);
      return entry.name.endsWith('.ts') && !entry.name.endsWith('.spec.ts') ? [path] : [];
    });
}

function waitingFor(pid) {
  process.stderr.write(`forgerun: process ${pid} is building, waiting for it\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await ensureBuilt();
