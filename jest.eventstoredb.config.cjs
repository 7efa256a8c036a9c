// The acceptance suite and the contract suite with the log in EventStoreDB: `npm run test:eventstoredb`.
process.env.FORGERUN_TEST_STORE = 'eventstoredb';

const usual = require('./jest.config.json');

module.exports = {
  ...usual,
  testMatch: ['<rootDir>/test/{acceptance,conformance,eventstoredb}/**/*.spec.ts'],
};
