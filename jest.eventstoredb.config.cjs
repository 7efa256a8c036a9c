// The acceptance suite and the contract suite with the log in EventStoreDB: `npm run test:eventstoredb`.
process.env.FORGERUN_TEST_STORE = 'eventstoredb';

const usual = require('./jest.config.json');

module.exports = {
  ...usual,
  testMatch: ['<rootDir>/test/{acceptance,conformance,eventstoredb}/**/*.spec.ts'],
  testPathIgnorePatterns: [
    ...usual.testPathIgnorePatterns,
    // It makes a log fail by taking away the Postgres it lies in.
    'acceptance/observability-alerts\\.spec\\.ts$',
  ],
};
