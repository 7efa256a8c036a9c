const { readFileSync } = require('node:fs');
const { default: Sequencer } = require('@jest/test-sequencer');

// What a spec's own words say of its length, in about seconds: it starts a process of its own, an engine, a server, or tries
// thousands of cases.
const signs = [
  [/\b(?:start|run)EngineProcess\(|\bspawnTs\(/g, 6],
  // Many virtual days, which a worker that has run much else takes longest over.
  [/\bsimulated\(/g, 4],
  [/\bstart(?:Test)?Engine\(|\bwatchedEngine\(/g, 3],
  [/\bfc\.assert\(|\bcruise\(/g, 3],
  [/\btestDatabase\(|\bserver\(|\bFixture\.open\(/g, 1],
];
const secondsPerCharacter = 1 / 5_000;

/**
 * Puts the longest spec files first, so that no worker is still busy with one when all others have ended. Jest does that by
 * the times of an earlier run; where there was none, as in a fresh checkout, these estimates stand in for them.
 */
module.exports = class LongestFirst extends Sequencer {
  sort(tests) {
    const sorted = super.sort(tests);
    const seconds = new Map(sorted.map((test) => [test, this.seconds(test)]));
    const failed = (test) => Number(this.hasFailed(test));
    return sorted.sort((one, other) => failed(other) - failed(one) || seconds.get(other) - seconds.get(one));
  }

  seconds(test) {
    if (test.duration !== undefined) return test.duration / 1_000;
    const text = readFileSync(test.path, 'utf8');
    const counted = signs.map(([sign, each]) => (text.match(sign) ?? []).length * each);
    return counted.reduce((sum, each) => sum + each, text.length * secondsPerCharacter);
  }
};
