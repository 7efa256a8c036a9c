import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { compiler } from './compiler.mjs';

const cacheFolder = fileURLToPath(new URL('../../node_modules/.cache/run-ts/', import.meta.url));
const require = createRequire(import.meta.url);
const compilerKey = JSON.stringify([compiler, require('@swc/core/package.json').version]);

const isOurs = (url) => url?.startsWith('file:') === true && !url.includes('/node_modules/');

/** What the package offers its users, from the sources. */
const doors = new Map([
  ['forgerun/client', new URL('../../src/sdk/client.ts', import.meta.url).href],
  ['forgerun/worker', new URL('../../src/sdk/worker.ts', import.meta.url).href],
]);

/** A relative import of x.js, or an entry point x.js, means x.ts when only that exists. */
export async function resolve(specifier, context, next) {
  const door = doors.get(specifier);
  if (door !== undefined) return { url: door, format: 'module', shortCircuit: true };
  const pathLike = specifier.startsWith('.') || specifier.startsWith('file:') || specifier.startsWith('/');
  if (pathLike && specifier.endsWith('.js') && (context.parentURL === undefined || isOurs(context.parentURL))) {
    const source = new URL(specifier.replace(/\.js$/, '.ts'), context.parentURL ?? 'file:///');
    if (existsSync(source)) return { url: source.href, format: 'module', shortCircuit: true };
  }
  return next(specifier, context);
}

export async function load(url, context, next) {
  if (!url.startsWith('file:') || !url.endsWith('.ts')) return next(url, context);
  return { format: 'module', source: compiled(fileURLToPath(url)), shortCircuit: true };
}

function compiled(file) {
  const source = readFileSync(file, 'utf8');
  const key = createHash('sha256')
    .update(compilerKey)
    .update('\0')
    .update(file)
    .update('\0')
    .update(source)
    .digest('hex');
  const cached = `${cacheFolder}${key.slice(0, 40)}.mjs`;
  if (existsSync(cached)) return readFileSync(cached, 'utf8');
  const { code } = require('@swc/core').transformSync(source, { ...compiler, filename: file });
  keep(cached, code);
  return code;
}

function keep(cached, code) {
  // Several processes may compile the same file at once: each writes its own and puts it in place whole.
  const own = `${cached}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  try {
    mkdirSync(cacheFolder, { recursive: true });
    writeFileSync(own, code);
    renameSync(own, cached);
  } catch (error) {
    // Another user's checkout: it works without the cache, only slower.
    if (!['EACCES', 'EPERM', 'EROFS'].includes(error.code)) throw error;
  }
}
