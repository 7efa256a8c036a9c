/**
 * What a thread of the pool runs. It is text, not a file, because a thread loads no TypeScript: this way it is the
 * same compiled, under the test runner and in a bundle.
 */
export const threadSource = `
'use strict';
const { parentPort } = require('node:worker_threads');

function compute(ms, stop) {
  const end = performance.now() + ms;
  let state = 2463534242;
  let rounds = 0;
  do {
    for (let i = 0; i < 200000; i += 1) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
    }
    rounds += 1;
  } while (performance.now() < end && Atomics.load(stop, 0) === 0);
  return state === 0 ? 0 : rounds;
}

function allocate(bytes, ms, stop) {
  const end = performance.now() + ms;
  const held = [];
  const block = 4 * 1024 * 1024;
  for (let size = 0; size < bytes && Atomics.load(stop, 0) === 0; size += block) {
    held.push(Buffer.alloc(Math.min(block, bytes - size), 1));
  }
  Atomics.wait(stop, 0, 0, Math.max(0, end - performance.now()));
  return held.reduce((sum, { length }) => sum + length, 0);
}

parentPort.on('message', (order) => {
  const { kind, ms, bytes, stop } = order;
  parentPort.postMessage(kind === 'compute' ? compute(ms, stop) : allocate(bytes, ms, stop));
});
`;
