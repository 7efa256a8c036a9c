/**
 * Keeps the process when what it prints can no longer be written: the program that read it has gone (a pipe to `head`),
 * or the disk behind it is full. What is printed is for a person; the log and the database hold what counts. `failed`
 * gets every error that is not an ordinary end of a reader.
 */
export function outliveOutputs(failed: (output: 'stdout' | 'stderr', error: Error) => void = () => undefined): void {
  for (const name of ['stdout', 'stderr'] as const) {
    process[name].on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') failed(name, error);
    });
  }
}
