// The acceptance, contract and chaos suites with the log in EventStoreDB: `npm run test:eventstoredb`. Each test has a
// server of its own, or a namespace of its own on the server that FORGERUN_TEST_EVENTSTOREDB names.
process.env.FORGERUN_TEST_STORE = 'eventstoredb';

const usual = require('./jest.config.json');

module.exports = {
  ...usual,
  testMatch: ['<rootDir>/test/{acceptance,chaos,conformance,eventstoredb}/**/*.spec.ts'],
  // Its log is in memory.
  testPathIgnorePatterns: [...usual.testPathIgnorePatterns, '/test/chaos/followers'],
};
