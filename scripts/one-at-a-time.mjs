import { linkSync, readFileSync, renameSync, statSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';

const beatMs = 5_000;
const silentForMs = 60_000;
const pollMs = 200;

/**
 * Runs `work` while no other process holds `file`. Waits its turn; a holder that died without cleaning up is passed over.
 * `waiting` is called once when there is a holder to wait for.
 */
export async function oneAtATime(file, waiting, work) {
  const mine = JSON.stringify({ pid: process.pid, started: startOf(process.pid), host: hostname() });
  let told = false;
  while (!take(file, mine)) {
    const theirs = contentOf(file);
    if (theirs === null) continue;
    if (isDead(file, theirs)) {
      evict(file, theirs);
      continue;
    }
    if (!told) waiting(JSON.parse(theirs).pid);
    told = true;
    await pause(pollMs);
  }
  const beat = setInterval(() => touch(file), beatMs);
  const leave = () => give(file, mine);
  process.once('exit', leave);
  try {
    return await work();
  } finally {
    clearInterval(beat);
    process.off('exit', leave);
    leave();
  }
}

/** A link appears whole or not at all, so no process ever reads a half-written holder. */
function take(file, mine) {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, mine);
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  } finally {
    unlinkSync(draft);
  }
}

function give(file, mine) {
  if (contentOf(file) === mine) unlinkSync(file);
}

/** Two may find the same dead holder. The slower one has moved a live file aside, sees that, and puts it back. */
function evict(file, dead) {
  const aside = `${file}.${process.pid}.old`;
  try {
    renameSync(file, aside);
  } catch (error) {
    if (error.code === 'ENOENT') return;
    throw error;
  }
  if (contentOf(aside) !== dead) take(file, contentOf(aside));
  unlinkSync(aside);
}

function isDead(file, content) {
  let holder;
  try {
    holder = JSON.parse(content);
  } catch {
    return true;
  }
  // A process id means nothing on another machine or in another container; there only the heartbeat tells.
  if (holder.host !== hostname()) return silence(file) > silentForMs;
  if (holder.pid === process.pid) return true;
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    return error.code !== 'EPERM';
  }
  // The id may have been given to another process since.
  return holder.started !== startOf(holder.pid);
}

/** When a process began, in the kernel's own units; null where /proc does not tell. */
function startOf(pid) {
  const stat = contentOf(`/proc/${pid}/stat`);
  return stat === null ? null : stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}

function silence(file) {
  try {
    return Date.now() - statSync(file).mtimeMs;
  } catch (error) {
    if (error.code === 'ENOENT') return Infinity;
    throw error;
  }
}

function touch(file) {
  const now = new Date();
  try {
    utimesSync(file, now, now);
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
}

function contentOf(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return null;
    throw error;
  }
}
