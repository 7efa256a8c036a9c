import { pbkdf2 } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SystemNames, type SystemNamesOptions } from '../../src/platform/egress/system-names.js';
import { type NameEntry, NameServer } from '../support/name-server.js';

let folder: string;
let server: NameServer;
let names: SystemNames;
const entries = new Map<string, NameEntry>();

const using = (options: SystemNamesOptions = {}): SystemNames => {
  names = new SystemNames({
    servers: [server.address],
    hostsPath: join(folder, 'hosts'),
    resolvPath: join(folder, 'resolv.conf'),
    ...options,
  });
  return names;
};
const asOne = { clientId: 'one' };
const asOther = { clientId: 'other' };
const isSilent = (name: string): boolean => name.endsWith('.silent.example');

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'forgerun-names-'));
  entries.clear();
  server = await NameServer.open((name) => (isSilent(name) ? 'silent' : (entries.get(name) ?? 'absent')));
});

afterEach(async () => {
  names.close();
  await server.close();
  await rm(folder, { recursive: true });
});

describe('the system’s names', () => {
  it('are those of its hosts file first, as that file is now', async () => {
    entries.set('receiver.example', ['10.0.0.2']);
    await writeFile(join(folder, 'hosts'), '10.0.0.1 Receiver.example\n');
    expect(await using().resolve('receiver.EXAMPLE', asOne)).toEqual(['10.0.0.1']);
    expect(server.asked).toEqual([]);
    await writeFile(join(folder, 'hosts'), '# nothing any more\n');
    expect(await using().resolve('receiver.example', asOne)).toEqual(['10.0.0.2']);
    expect(await using().resolve('api.localhost', asOne)).toEqual(['127.0.0.1', '::1']);
  });

  it('are completed by its search domains', async () => {
    entries.set('orders.shop.cluster.local', ['10.0.0.3']);
    await writeFile(join(folder, 'resolv.conf'), 'search else.local cluster.local\noptions ndots:5\n');
    expect(await using().resolve('orders.shop', asOne)).toEqual(['10.0.0.3']);
    expect(server.asked).toEqual(['orders.shop.else.local', 'orders.shop.cluster.local']);
  });

  it('are asked for once while an answer holds, and by nobody twice at once', async () => {
    entries.set('receiver.example', ['10.0.0.1', '10.0.0.2']);
    using();
    const answers = await Promise.all([asOne, asOther, asOne].map((asker) => names.resolve('receiver.example', asker)));
    expect(answers.map((each) => [...each].sort())).toEqual(Array(3).fill(['10.0.0.1', '10.0.0.2']));
    await names.resolve('receiver.example', asOther);
    expect(server.asked).toEqual(['receiver.example']);
  });

  it('tell a name that is not there from one that nobody answers for', async () => {
    entries.set('failed.example', 'failed');
    using({ lookupMs: 300 });
    await expect(names.resolve('absent.example', asOne)).rejects.toMatchObject({ kind: 'not_found' });
    await expect(names.resolve('failed.example', asOne)).rejects.toMatchObject({ kind: 'no_answer' });
    await expect(names.resolve('one.silent.example', asOne)).rejects.toMatchObject({ kind: 'no_answer' });
  });

  it('are no less there because a server cannot be asked', async () => {
    const closed = await NameServer.open(() => 'silent');
    const { address } = closed;
    await closed.close();
    entries.set('receiver.example', ['10.0.0.1']);
    using({ servers: [address] });
    await expect(names.resolve('receiver.example', asOne)).rejects.toMatchObject({ kind: 'ours' });
    expect(names.trouble).not.toBeNull();
    // Another one that answers is enough.
    expect(await using({ servers: [address, server.address] }).resolve('receiver.example', asOne)).toEqual([
      '10.0.0.1',
    ]);
    expect(names.trouble).toBeNull();
  });

  it('of one client that nobody answers for hold up no other client', async () => {
    entries.set('receiver.example', ['10.0.0.1']);
    using();
    const silent = Array.from({ length: 400 }, (_, at) =>
      names.resolve(`n${at}.silent.example`, asOne).catch((error: unknown) => error),
    );
    expect(await names.resolve('receiver.example', asOther)).toEqual(['10.0.0.1']);
    expect(names.load.running).toBeGreaterThan(0);
    const failures = await Promise.all(silent);
    // Those that never came to be asked for are no fault of their names.
    expect(new Set(failures.map((error) => (error as { kind?: string }).kind))).toEqual(new Set(['no_answer', 'ours']));
    expect(names.load).toEqual({ running: 0, waiting: 0 });
  });

  it('that were given up before their turn are no fault of theirs', async () => {
    using({ limits: { maxRunningPerClient: 1 } });
    const first = names.resolve('one.silent.example', asOne).catch((error: unknown) => error);
    const given = new AbortController();
    const second = names.resolve('two.silent.example', { ...asOne, signal: given.signal });
    given.abort();
    await expect(second).rejects.toMatchObject({ kind: 'ours' });
    await expect(first).resolves.toMatchObject({ kind: 'no_answer' });
  });

  it('are found while every thread of the process is busy', async () => {
    entries.set('receiver.example', ['10.0.0.1']);
    using();
    let busy = true;
    const hash = promisify(pbkdf2);
    const threads = Promise.all(Array.from({ length: 16 }, () => hash('a', 'b', 300_000, 64, 'sha512'))).then(() => {
      busy = false;
    });
    expect(await names.resolve('receiver.example', asOne)).toEqual(['10.0.0.1']);
    expect(busy).toBe(true);
    await threads;
  });
});
