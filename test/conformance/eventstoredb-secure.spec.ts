import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { explainConnection } from '../../src/engine/event-store/eventstoredb/explain-connection.js';
import { givenEventStoreDb } from '../support/eventstoredb/given-server.js';
import { selfSigned } from '../support/eventstoredb/self-signed.js';
import { appendTo, collect, newCategory, newEvent, typesOf } from './event-store.words.js';

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

  it('is explained: a certificate nobody vouches for, a password that is wrong', async () => {
    const server = await given.server({ secure });
    expect(await explainConnection(withUser(server.port, secure.password))).toEqual([]);
    expect(await explainConnection(withUser(server.port, secure.password, ''))).toEqual([
      expect.stringMatching(/is not trusted .* tlsCAFile=/),
    ]);
    expect(await explainConnection(withUser(server.port, 'wrong'))).toEqual([
      expect.stringContaining('The user of the connection string may not'),
    ]);
    const store = await given.store(withUser(server.port, 'wrong'));
    await expect(appendTo(store, `${newCategory()}-1`, 'no_stream')).rejects.toThrow('Access Denied');
  });
});
