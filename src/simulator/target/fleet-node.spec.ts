import { describe, expect, it } from '@jest/globals';
import { EndedBeforeReady, type EngineProcess } from './engine-process.js';
import { FleetNode } from './fleet-node.js';

/** One that runs until it is told to end, or ends by itself. */
function running(): EngineProcess & { readonly endWith: (how: number | NodeJS.Signals) => void } {
  let endWith: (how: number | NodeJS.Signals) => void = () => undefined;
  const ended = new Promise<number | NodeJS.Signals>((resolve) => {
    endWith = resolve;
  });
  const stop = (): Promise<void> => {
    endWith(0);
    return Promise.resolve();
  };
  return { pid: 1, url: 'http://127.0.0.1:1', ended, kill: endWith, stop, endWith };
}

type Start = (failpoints: string | null) => Promise<EngineProcess>;

function nodeWith(start: Start) {
  const ended: string[] = [];
  const over = new AbortController();
  const endedByItself = (_node: string, how: string): void => {
    ended.push(how);
  };
  const node = new FleetNode({ name: 'first', roles: ['api'], start, endedByItself, over: over.signal });
  return { node, ended, over };
}

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
