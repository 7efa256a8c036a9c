/**
 * Runs from the repository's root. The tests see a copy of it, in which every mutant is there at once and one is switched on.
 */
export default {
  plugins: ['@stryker-mutator/jest-runner', `${import.meta.dirname}/exhaustive.mjs`],
  ignorers: ['exhaustive'],
  testRunner: 'jest',
  coverageAnalysis: 'perTest',
  mutate: ['src/*/domain/**/*.ts', '!src/**/*.spec.ts'],
  ignorePatterns: [
    ...['/*', '!/src', '!/test', '!/package.json', '!/jest.config.json'],
    ...['/test/bench', '/test/mutation/results', '/src/simulator'],
  ],
  buildCommand: 'node test/mutation/gather-specs.mjs',
  jest: {
    configFile: 'jest.config.json',
    // A rule is held by the specs beside it. Random histories, engines and clients come on top, and are not counted here.
    config: {
      roots: ['<rootDir>/src'],
      testMatch: ['<rootDir>/src/*/domain/all.spec.ts'],
      testSequencer: '@jest/test-sequencer',
      testTimeout: 5_000,
    },
  },
  concurrency: 1,
  timeoutMS: 5_000,
  incremental: true,
  incrementalFile: 'test/mutation/results/incremental.json',
  reporters: ['progress-append-only', 'clear-text', 'html', 'json'],
  clearTextReporter: { allowColor: false, reportTests: false, logTests: false },
  htmlReporter: { fileName: 'test/mutation/results/mutation.html' },
  jsonReporter: { fileName: 'test/mutation/results/mutation.json' },
  cleanTempDir: 'always',
  thresholds: { high: 98, low: 95, break: 95 },
};
