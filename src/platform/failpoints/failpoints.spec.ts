import { afterEach, describe, expect, it } from '@jest/globals';
import { armFailpoints, FailpointReached } from './arm-failpoints.js';
import { failpoint, onFailpoints } from './failpoint.js';
import { failpointRule, textOf, whyNotArmed } from './failpoint-settings.js';

const parse = (text: string) => failpointRule.parse(text);

describe('FORGERUN_FAILPOINTS', () => {
  it('names places, what happens there, and at which pass', () => {
    expect(parse('append.committed=kill@17; timers.fired=pause:800@3 ;follower.written=throw@p0.001;seed=7')).toEqual({
      points: [
        { name: 'append.committed', effect: { kind: 'kill' }, moment: { pass: 17 } },
        { name: 'timers.fired', effect: { kind: 'pause', pauseMs: 800 }, moment: { pass: 3 } },
        { name: 'follower.written', effect: { kind: 'throw' }, moment: { chance: 0.001 } },
      ],
      seed: 7,
    });
  });

  it('means the first pass where it says none', () => {
    expect(parse('claim.recorded=exit')?.points).toEqual([
      { name: 'claim.recorded', effect: { kind: 'exit' }, moment: { pass: 1 } },
    ]);
  });

  it.each([
    ['a place that is none', 'append.done=kill'],
    ['a name of every object', 'constructor=kill'],
    ['an action that is none', 'append.sent=stop'],
    ['no action', 'append.sent'],
    ['a pause without its length', 'append.sent=pause'],
    ['a pause of nothing', 'append.sent=pause:0'],
    ['a pause without end', 'append.sent=pause:600001'],
    ['the pass before the first', 'append.sent=kill@0'],
    ['a chance above one', 'append.sent=kill@p1.5'],
    ['a chance without a number', 'append.sent=kill@p'],
    ['an entry of nothing', 'append.sent=kill;'],
    ['a seed alone', 'seed=1'],
    ['two seeds', 'append.sent=kill;seed=1;seed=2'],
  ])('is refused with %s', (_what, text) => {
    expect(parse(text)).toBeUndefined();
  });

  it('is written as it is read', () => {
    const text = 'append.committed=kill@17;timers.fired=pause:800@3;follower.written=throw@p0.001;seed=7';
    const read = parse(text);
    expect(read && textOf(read)).toBe(text);
  });
});

describe('failpoints may be armed', () => {
  const on = (nodeEnv: string | undefined, host: string): number =>
    whyNotArmed('FORGERUN_FAILPOINTS', nodeEnv, host).length;

  it.each(['127.0.0.1', '127.8.9.10', '::1', '::ffff:127.0.0.1'])('in a test on %s', (host) => {
    expect(on('test', host)).toBe(0);
  });

  it.each(['0.0.0.0', '::', '10.0.0.1', 'localhost', '127.0.0.1.example.com', '127.0.0.999', '::2', ''])(
    'not on %s',
    (host) => {
      expect(on('test', host)).toBe(1);
    },
  );

  it.each([undefined, '', 'production', 'development', 'TEST', 'test '])('not under NODE_ENV %j', (nodeEnv) => {
    expect(on(nodeEnv, '127.0.0.1')).toBe(1);
    expect(on(nodeEnv, '0.0.0.0')).toBe(2);
  });
});

describe('a failpoint', () => {
  afterEach(() => {
    onFailpoints(null);
  });

  /** Arms, and answers with what happens from then on. */
  function armed(text: string): unknown[] {
    const said: unknown[] = [];
    const settings = parse(text);
    if (settings === undefined) throw new Error(`${text} is not read`);
    armFailpoints(
      settings,
      {
        armed: (names) => said.push(names),
        fires: (name, effect, pass) => said.push([name, effect, pass]),
      },
      { kill: () => said.push('killed'), exit: () => said.push('exited'), pause: (ms) => said.push(ms) },
    );
    return said;
  }

  it('does nothing unless it is armed', () => {
    failpoint('append.sent');
    const said = armed('append.sent=kill;seed=1');
    failpoint('append.send');
    expect(said).toEqual(['append.sent=kill@1;seed=1']);
  });

  it('does what was asked at the pass that was named, once, and says so before', () => {
    const heard = armed('append.sent=kill@2;claim.taken=exit;timers.taken=pause:20;seed=1');
    for (let pass = 0; pass < 4; pass += 1) failpoint('append.sent');
    failpoint('claim.taken');
    failpoint('timers.taken');
    expect(heard.slice(1)).toEqual([
      ['append.sent', 'kill', 2],
      'killed',
      ['claim.taken', 'exit', 1],
      'exited',
      ['timers.taken', 'pause', 1],
      20,
    ]);
  });

  it('fails the step where it stands', () => {
    armed('follower.written=throw');
    expect(() => {
      failpoint('follower.written');
    }).toThrow(FailpointReached);
    expect(() => {
      failpoint('follower.written');
    }).not.toThrow();
  });

  it('happens by chance as often as was asked, and at the same passes for the same seed', () => {
    const passesOf = (seed: number): unknown => {
      const said = armed(`append.sent=pause:1@p0.1;seed=${seed}`);
      for (let pass = 0; pass < 2_000; pass += 1) failpoint('append.sent');
      return said.filter((each) => Array.isArray(each)).map((each) => (each as unknown[])[2]);
    };
    const first = passesOf(1) as unknown[];
    expect(first.length).toBeGreaterThan(140);
    expect(first.length).toBeLessThan(260);
    expect(passesOf(1)).toEqual(first);
    expect(passesOf(2)).not.toEqual(first);
  });

  it('names the seed that it took where none was given', () => {
    expect(String(armed('append.sent=kill@p0.5')[0])).toMatch(/^append\.sent=kill@p0\.5;seed=\d+$/);
  });
});
