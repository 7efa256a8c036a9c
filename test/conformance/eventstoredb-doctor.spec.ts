import { describe, expect, it } from '@jest/globals';
import { explainConnection } from '../../src/engine/event-store/eventstoredb/explain-connection.js';
import { givenEventStoreDb } from '../support/eventstoredb/given-server.js';
import { startEventStoreDb } from '../support/eventstoredb/server.js';

const given = givenEventStoreDb();

describe('the explanation of a connection string', () => {
  it('is empty when everything works', async () => {
    const server = await given.server();
    expect(await explainConnection(server.connectionString)).toEqual([]);
    expect(await explainConnection(server.connectionString.replace('esdb://', 'esdb+discover://'))).toEqual([]);
  });

  it('says what is wrong with the string, and keeps the password out of it', async () => {
    const [fault, ...others] = await explainConnection('http://me:secret@localhost');
    expect(others).toEqual([]);
    expect(fault).toMatch('The connection string is not right');
    expect(fault).not.toMatch('secret');
    expect(await explainConnection('esdb://me:secret@localhost:port?tls=false')).toEqual([
      expect.stringContaining('not right'),
    ]);
  });

  it('names a host that does not exist', async () => {
    const faults = await explainConnection('esdb://no-such-host.invalid:2113?tls=false');
    expect(faults).toEqual([expect.stringContaining('no-such-host.invalid cannot be looked up')]);
  });

  it('names a port where nothing listens', async () => {
    const gone = await startEventStoreDb();
    await gone.kill();
    const faults = await explainConnection(gone.connectionString);
    expect(faults).toEqual([
      expect.stringContaining(`Nothing accepts connections at 127.0.0.1:${gone.port} (ECONNREFUSED)`),
    ]);
  });

  it('suggests tls=false to whoever speaks TLS with a server that does not', async () => {
    const server = await given.server();
    const faults = await explainConnection(`esdb://127.0.0.1:${server.port}`);
    expect(faults).toEqual([expect.stringContaining('needs tls=false')]);
  });

  it('names what the user may not do', async () => {
    const server = await given.server({ mayReadAll: false });
    expect(await explainConnection(server.connectionString)).toEqual([
      expect.stringContaining('may not read the whole log'),
    ]);
  });

  it('names a version that is too old', async () => {
    const server = await given.server({ version: '21.10.2.0' });
    expect(await explainConnection(server.connectionString)).toEqual([expect.stringContaining('version 21.10.2.0')]);
  });

  it('says so when something answers that is not EventStoreDB', async () => {
    const server = await given.server();
    server.misbehave({ hang: true });
    expect(await explainConnection(server.connectionString, 300)).toEqual([expect.stringContaining('does not answer')]);
  });
});
