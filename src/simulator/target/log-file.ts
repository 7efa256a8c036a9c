import { createWriteStream } from 'node:fs';
import { type Readable } from 'node:stream';

/** Adds what a process says to a file. Where that takes no more, it is read on and thrown away: the process goes on. */
export function addTo(logFile: string, said: Readable): void {
  const file = createWriteStream(logFile, { flags: 'a' });
  file.on('error', () => {
    said.unpipe(file);
    said.resume();
  });
  said.pipe(file);
}
