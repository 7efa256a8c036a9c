const graceMs = 60_000;

/** Ends a run with one plain line, `312 passed, 0 failed`, and does not let a forgotten handle keep the run alive. */
module.exports = class ClosingLine {
  constructor(globalConfig) {
    this.watching = globalConfig.watch || globalConfig.watchAll;
  }

  onRunComplete(_contexts, results) {
    // A suite that could not even load has no failed tests of its own.
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const skipped = results.numPendingTests + results.numTodoTests;
    const counts = [`${results.numPassedTests} passed`, `${failed} failed`];
    if (skipped > 0) counts.push(`${skipped} skipped`);
    if (this.watching) return;
    // At the exit, because jest's own summary comes after every reporter.
    process.once('exit', () => process.stdout.write(`${counts.join(', ')}\n`));
    expectTheEnd();
  }
};

/** The timer itself keeps nothing alive: it fires only where something else does. */
function expectTheEnd() {
  setTimeout(() => {
    const open = process.getActiveResourcesInfo().join(', ');
    process.stderr.write(`The tests are done, but something was left open: ${open}\n`);
    process.exit(1);
  }, graceMs).unref();
}
