import { describe, expect, it } from '@jest/globals';
import { EndedBeforeReady, type EngineProcess } from './engine-process.js';
import { FleetNode } from './fleet-node.js';

type How = number | NodeJS.Signals;

/** One that runs until it is told to end, or ends by itself. */
function running(): EngineProcess & {
  readonly endWith: (how: How) => void;
  readonly signals: readonly NodeJS.Signals[];
} {
  const signals: NodeJS.Signals[] = [];
  let endWith: (how: How) => void = () => undefined;
  const ended = new Promise<How>((resolve) => {
    endWith = resolve;
  });
  const kill = (signal: NodeJS.Signals): void => {
    signals.push(signal);
    if (signal === 'SIGKILL') endWith(signal);
  };
  const stop = (): Promise<void> => {
    endWith(0);
    return Promise.resolve();
  };
  return { pid: 1, url: 'http://127.0.0.1:1', ended, kill, stop, endWith, signals };
}

type Start = (failpoints: string | null) => Promise<EngineProcess>;

function nodeWith(start: Start, maxComingUpMs?: number) {
  const ended: string[] = [];
  const over = new AbortController();
  const endedByItself = (_node: string, how: string): void => {
    ended.push(how);
  };
  const node = new FleetNode({
    name: 'first',
    roles: ['api'],
    start,
    endedByItself,
    over: over.signal,
    ...(maxComingUpMs === undefined ? {} : { maxComingUpMs }),
  });
  return { node, ended, over };
}

/** Starts one after the other of them. */
const started =
  (processes: EngineProcess[]): Start =>
  async () => {
    const next = processes.shift();
    if (next === undefined) throw new Error('no more are started');
    return await Promise.resolve(next);
  };

/** Whatever was to follow by itself has begun by then. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a node that is started with failpoints', () => {
  it('is not told of where one of them ends it, before it is ready or later', async () => {
    const process = running();
    const starts: Start[] = [
      () => Promise.reject(new EndedBeforeReady('SIGKILL', 'engine.log')),
      () => Promise.resolve(process),
      () => Promise.resolve(running()),
    ];
    const { node, ended } = nodeWith(async (failpoints) => (await starts.shift()?.(failpoints)) ?? running());
    await node.upArmed('a=kill');
    expect([node.state, node.isArmed]).toEqual(['down', false]);
    await node.upArmed('a=kill');
    expect([node.state, node.isArmed]).toEqual(['up', true]);
    process.endWith('SIGKILL');
    await process.ended;
    await node.up();
    expect([node.state, node.isArmed, ended]).toEqual(['up', false, []]);
  });

  it('is told of where it does not start for another reason, and starts without them then', async () => {
    const { node, ended } = nodeWith((failpoints) =>
      failpoints === null ? Promise.resolve(running()) : Promise.reject(new EndedBeforeReady(78, 'engine.log')),
    );
    await node.upArmed('no such place');
    expect(ended).toEqual([expect.stringContaining('ended with 78 before it was ready')]);
    expect([node.state, node.isArmed]).toEqual(['down', false]);
    await node.up();
    expect(node.state).toBe('up');
  });

  it('is told of nothing once the fleet is taken down', async () => {
    const { node, ended, over } = nodeWith(() => {
      over.abort();
      return Promise.reject(new Error('interrupted'));
    });
    await node.upArmed('a=kill');
    expect(ended).toEqual([]);
  });
});

describe('a node that a supervisor looks after', () => {
  it('is started again where it ends by itself, and that is told', async () => {
    const first = running();
    const processes = [first, running()];
    const { node, ended } = nodeWith(started(processes));
    await node.begin();
    first.endWith(137);
    await settled();
    expect([node.state, ended, processes.length]).toEqual(['up', ['137'], 0]);
  });

  it('is not told of, nor started again, where it was told to end', async () => {
    const processes = [running(), running(), running()];
    const { node, ended } = nodeWith(started(processes));
    for (const end of [() => node.kill(), () => node.stop()]) {
      await node.up();
      await end();
      expect([node.state, node.url, node.pid]).toEqual(['down', null, null]);
    }
    await settled();
    expect([node.state, ended, processes.length]).toEqual(['down', [], 1]);
  });

  it('takes one start or end after the other', async () => {
    const ready: ((process: EngineProcess) => void)[] = [];
    const { node } = nodeWith(() => new Promise((resolve) => ready.push(resolve)));
    const turns = [node.up(), node.kill(), node.up()];
    const [first, second] = [running(), running()];
    await settled();
    expect(ready).toHaveLength(1);
    ready[0]?.(first);
    await turns[1];
    await settled();
    expect([first.signals, ready.length]).toEqual([['SIGKILL'], 2]);
    ready[1]?.(second);
    await Promise.all(turns);
    expect([node.state, second.signals]).toEqual(['up', []]);
  });

  it('is started no more once the fleet is taken down', async () => {
    const first = running();
    const processes = [first, running()];
    const { node, over } = nodeWith(started(processes));
    await node.begin();
    over.abort();
    first.endWith(0);
    await first.ended;
    await node.up();
    expect([node.state, processes.length]).toEqual(['down', 1]);
  });

  it('stays down where it does not come up for long, and is not started for ever', async () => {
    let starts = 0;
    const { node, ended } = nodeWith(() => {
      starts += 1;
      return Promise.reject(new Error('no such program'));
    }, -1);
    await node.up();
    await node.up();
    expect([node.state, starts, ended]).toEqual(['down', 1, ['no such program']]);
  });

  it('goes on before it is told to end where it stands still', async () => {
    const process = running();
    const { node } = nodeWith(started([process]));
    node.freeze();
    expect(node.state).toBe('down');
    await node.begin();
    node.freeze();
    expect([node.state, node.url]).toEqual(['paused', null]);
    await node.stop();
    expect(process.signals).toEqual(['SIGSTOP', 'SIGCONT']);
  });
});
