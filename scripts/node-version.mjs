// Says whether this Node.js is one that ForgeRun runs on. Runs before anything is installed or loaded, so it is written
// for the oldest that may be met.
import { readFileSync } from 'node:fs';

const { engines } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

/** Null where it is; otherwise what is wrong, and what to do about it. */
export function nodeFault(version = process.versions.node) {
  const [major, minor] = version.split('.').map(Number);
  const lines = engines.node.split('||').map((range) => {
    const [line, least] = range
      .replace(/[^\d.]/g, '')
      .split('.')
      .map(Number);
    return { line, least, isOpen: range.includes('>=') };
  });
  if (lines.some(({ line, least, isOpen }) => (isOpen && major > line) || (major === line && minor >= least)))
    return null;
  const wanted = lines.map(({ line, least }) => `${line}.${least}`).join(', ');
  return {
    what: `Node.js ${version} is not one that ForgeRun runs on`,
    then: `Install Node.js ${wanted} or newer.`,
  };
}
