// Makes sure that node_modules holds what package-lock.json asks for; runs before `npm start` and `npm test`.
// Plain Node: it must work where nothing is installed.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nodeFault } from './node-version.mjs';
import { oneAtATime } from './one-at-a-time.mjs';
import { runChild } from './run-child.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const modules = join(root, 'node_modules');
const stampFile = join(modules, '.forgerun-deps.json');
const kept = ['npm_config_registry', 'npm_config_cache', 'npm_config_userconfig'];

async function ensureDeps() {
  const lockfile = readFileSync(join(root, 'package-lock.json'), 'utf8');
  const stamp = JSON.stringify({ lockfile: sha256(lockfile), platform: process.platform, arch: process.arch });
  if (read(stampFile) === stamp) return;
  const { packages } = JSON.parse(lockfile);
  // Outside node_modules, because `npm ci` empties that folder.
  const turn = join(root, '.forgerun-deps.pid');
  try {
    await oneAtATime(turn, waitingFor, async () => {
      if (read(stampFile) === stamp) return;
      if (!agrees(packages)) await install();
      if (process.platform === 'win32') giveCmdAnExec();
      writeFileSync(stampFile, stamp);
    });
  } catch (error) {
    if (!['EACCES', 'EPERM', 'EROFS'].includes(error.code)) throw error;
    // Another user has installed it all, and there is nothing to write.
    if (agrees(packages)) return;
    throw new Error(`${error.message}. Let this user write into ${root}, or run npm ci there as one who may`);
  }
}

/** True when npm was run by hand and what lies in node_modules is what the lockfile says. */
function agrees(wanted) {
  const record = read(join(modules, '.package-lock.json'));
  if (record === null) return false;
  const present = JSON.parse(record).packages;
  if (Object.keys(present).some((path) => wanted[path] === undefined)) return false;
  return Object.entries(wanted)
    .filter(([path]) => path !== '')
    .every(([path, entry]) => {
      const installed = present[path];
      if (installed === undefined) return entry.optional === true && !isForThisMachine(entry);
      const same = installed.version === entry.version && installed.integrity === entry.integrity;
      return same && existsSync(join(root, path, 'package.json'));
    });
}

/** Of optional packages only those made for one platform can be told to be missing; a C library may rule them out yet. */
function isForThisMachine({ os, cpu, libc }) {
  if (os === undefined || libc !== undefined) return false;
  return os.includes(process.platform) && (cpu === undefined || cpu.includes(process.arch));
}

async function install() {
  process.stderr.write('forgerun: installing dependencies (npm ci)\n');
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund'];
  const options = { cwd: root, env: cleanEnvironment() };
  const npm = process.env.npm_execpath;
  if (npm !== undefined && /npm-cli\.[cm]?js$/.test(npm)) await runChild(process.execPath, [npm, ...args], options);
  else await runChild('npm', args, { ...options, shell: process.platform === 'win32' });
}

/** The npm that called us has put its own settings into the environment; to the next npm they would be orders. */
function cleanEnvironment() {
  const isOurs = (name) => !name.toLowerCase().startsWith('npm_') || kept.includes(name.toLowerCase());
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => isOurs(name)));
}

/**
 * `npm start` is `exec node …`, so that no shell stands between npm and the engine and swallows its signals. The
 * Windows shell has no such word; there npm finds this one, because it looks into this folder first.
 */
function giveCmdAnExec() {
  writeFileSync(join(modules, '.bin/exec.cmd'), '@%*\r\n');
}

function waitingFor(pid) {
  process.stderr.write(`forgerun: process ${pid} is installing dependencies, waiting for it\n`);
}

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
    throw error;
  }
}

function sha256(text) {
  return createHash('sha256').update(text).digest('hex');
}

try {
  const fault = nodeFault();
  if (fault !== null) {
    process.stderr.write(`forgerun: ${fault.what}. ${fault.then}\n`);
    process.exit(1);
  }
  await ensureDeps();
} catch (error) {
  process.stderr.write(`forgerun: dependencies are not installed: ${error.message}\n`);
  process.exitCode = 1;
}
