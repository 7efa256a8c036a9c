import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { explainConnection } from '../../src/engine/event-store/eventstoredb/explain-connection.js';
import { givenEventStoreDb } from '../support/eventstoredb/given-server.js';
import { selfSigned } from '../support/eventstoredb/self-signed.js';
import { appendTo, collect, newCategory, newEvent, typesOf } from './event-store.cases.js';

const folder = mkdtempSync(join(tmpdir(), 'eventstoredb-secure-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});
const given = givenEventStoreDb();
const secure = { ...selfSigned(), user: 'admin', password: 'chäng:e it' };
const caFile = join(folder, 'ca.pem');
writeFileSync(caFile, secure.cert);

const withUser = (port: number, password: string, query = `?tlsCAFile=${encodeURIComponent(caFile)}`): string =>
  `esdb://admin:${encodeURIComponent(password)}@127.0.0.1:${port}${query}`;

describe('an EventStoreDB with TLS and a password', () => {
  it('is written, read and followed, also after its connections were cut', async () => {
    const server = await given.server({ secure });
    const store = await given.store(withUser(server.port, secure.password));
    const category = newCategory();
    const seen = collect(store, { after: null, filter: { streamPrefixes: [`${category}-`] } });
    for (let n = 0; n < 10; n += 1) {
      const appending = appendTo(store, `${category}-1`, n === 0 ? 'no_stream' : n - 1, newEvent(`E${n}`));
      if (n === 5) server.cut();
      expect(await appending).toMatchObject({ kind: 'appended', revision: n });
    }
    await seen.until(10);
    expect(typesOf(seen.events)).toEqual(Array.from({ length: 10 }, (_, n) => `E${n}`));
    await seen.stop();
  });

  it('is explained: a certificate that has no authority, no user, a password that is wrong', async () => {
    const server = await given.server({ secure });
    const faultsOf = async (connectionString: string): Promise<readonly string[]> =>
      (await explainConnection(connectionString)).faults;
    expect(await faultsOf(withUser(server.port, secure.password))).toEqual([]);
    expect(await faultsOf(withUser(server.port, secure.password, ''))).toEqual([
      expect.stringMatching(/is not trusted .* tlsCAFile=/),
    ]);
    const anonymous = withUser(server.port, '').replace(/\/\/.*@/, '//');
    expect(await faultsOf(anonymous)).toEqual([expect.stringContaining('The connection is anonymous')]);
    expect(await faultsOf(withUser(server.port, 'wrong'))).toEqual([
      expect.stringContaining('does not take the password of the user admin'),
    ]);
    const store = await given.store(withUser(server.port, 'wrong'));
    await expect(appendTo(store, `${newCategory()}-1`, 'no_stream')).rejects.toThrow('401');
  });

  it('is explained: a right that is missing, which is no wrong password', async () => {
    const server = await given.server({ secure, mayReadAll: false });
    expect(await explainConnection(withUser(server.port, secure.password))).toMatchObject({
      server: expect.stringContaining('EventStoreDB 24'),
      faults: [expect.stringContaining('The user admin may not read the whole log ($all)')],
    });
  });
});
