import { run } from './run.js';
import { type ServerUser } from './server-user.js';

export const isRoot = (): boolean => process.getuid?.() === 0;

/** Null: the server runs as this process does. No account is ever created. */
export async function findServerUser(names: readonly string[] = ['postgres', 'nobody']): Promise<ServerUser | null> {
  if (!isRoot()) return null;
  for (const name of names) {
    const [uid, gid] = await Promise.all([run('id', ['-u', name]), run('id', ['-g', name])]);
    if (uid.code === 0 && gid.code === 0) return { uid: Number(uid.output), gid: Number(gid.output) };
  }
  throw new Error(
    `Postgres refuses to run as root, and none of the accounts ${names.join(', ')} exists here. ` +
      'Start ForgeRun as an ordinary user, or give FORGERUN_DATABASE_URL a Postgres of your own.',
  );
}

/** Whether this account can stand in the folder, which takes every folder above it to let it pass. */
export async function canEnter(folder: string, user: ServerUser): Promise<boolean> {
  const { code } = await run('/bin/sh', ['-c', 'cd "$1"', 'sh', folder], { user });
  return code === 0;
}
