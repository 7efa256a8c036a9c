const signals = ['SIGTERM', 'SIGINT'];

/**
 * Ends the process with 0 when it is told to stop before anything is open: what loads and builds before an engine takes
 * seconds. The engine, which listens to signals better, calls the function that comes back.
 */
export function stopEarly() {
  const leave = () => {
    process.stderr.write('forgerun: told to stop before it had started\n');
    process.exit(0);
  };
  for (const signal of signals) process.on(signal, leave);
  return () => {
    for (const signal of signals) process.off(signal, leave);
  };
}
