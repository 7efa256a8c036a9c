/**
 * Leaves out `default: return exhaustive(value)`: the compiler proves that nothing comes there, so that no test can.
 */
const isProved = ({ node }) =>
  node.type === 'SwitchCase' &&
  node.test === null &&
  node.consequent.length === 1 &&
  callsExhaustive(node.consequent[0]);

const callsExhaustive = ({ argument, expression }) => (argument ?? expression)?.callee?.name === 'exhaustive';

export const strykerPlugins = [
  {
    kind: 'Ignore',
    name: 'exhaustive',
    value: { shouldIgnore: (path) => (isProved(path) ? 'the compiler proves that nothing comes here' : undefined) },
  },
];
