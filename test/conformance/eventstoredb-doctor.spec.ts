import { describe, expect, it, jest } from '@jest/globals';
import { explainConnection } from '../../src/engine/event-store/eventstoredb/explain-connection.js';
import { givenEventStoreDb } from '../support/eventstoredb/given-server.js';
import { startEventStoreDb } from '../support/eventstoredb/server.js';

const given = givenEventStoreDb();
const faultsOf = async (connectionString: string, stepMs?: number): Promise<readonly string[]> =>
  (await explainConnection(connectionString, stepMs)).faults;

describe('the explanation of a connection string', () => {
  it('names the server and nothing else when everything works', async () => {
    const server = await given.server();
    const well = { server: 'EventStoreDB 24.10.5.0', faults: [], remarks: [] };
    expect(await explainConnection(server.connectionString)).toEqual(well);
    expect(await explainConnection(server.connectionString.replace('esdb://', 'esdb+discover://'))).toEqual(well);
  });

  it('calls a server by the name that its version has', async () => {
    const server = await given.server({ version: '25.1.0.2299' });
    expect(await explainConnection(server.connectionString)).toMatchObject({ server: 'KurrentDB 25.1.0.2299' });
  });

  it('passes on what the client says about a setting, without printing the password beside it', async () => {
    const server = await given.server();
    const printed = jest.spyOn(console, 'warn').mockImplementation(() => undefined);
    const { connectionString } = server;
    const report = await explainConnection(`${connectionString.replace('//', '//me:secret@')}&tlsVerifyCrt=false`);
    expect([report.faults, printed.mock.calls]).toEqual([[], []]);
    expect(report.remarks).toEqual([expect.stringContaining('tlsVerifyCrt')]);
    expect(JSON.stringify(report)).not.toContain('secret');
    printed.mockRestore();
  });

  it('says what is wrong with the string, and keeps the password out of it', async () => {
    const [fault, ...others] = await faultsOf('http://me:secret@localhost');
    expect(others).toEqual([]);
    expect(fault).toMatch('The connection string is not right');
    expect(fault).not.toMatch('secret');
    expect(await faultsOf('esdb://me:secret@localhost:port?tls=false')).toEqual([expect.stringContaining('not right')]);
  });

  it('names a host that does not exist', async () => {
    const faults = await faultsOf('esdb://no-such-host.invalid:2113?tls=false');
    expect(faults).toEqual([expect.stringContaining('no-such-host.invalid cannot be looked up')]);
  });

  it('names a port where nothing listens', async () => {
    const gone = await startEventStoreDb();
    await gone.kill();
    const faults = await faultsOf(gone.connectionString);
    expect(faults).toEqual([
      expect.stringContaining(`Nothing accepts connections at 127.0.0.1:${gone.port} (ECONNREFUSED)`),
    ]);
  });

  it('speaks of the usual port only where another one is named', async () => {
    const gone = await startEventStoreDb();
    await gone.kill();
    expect(await faultsOf(gone.connectionString)).toEqual([expect.stringMatching(/ Its usual port is 2113\.$/)]);
    // A loopback address that nothing else in the tests uses.
    expect(await faultsOf('esdb://127.31.7.3:2113?tls=false')).toEqual([
      'Nothing accepts connections at 127.31.7.3:2113 (ECONNREFUSED). Is EventStoreDB running there?',
    ]);
  });

  it('suggests tls=false to whoever speaks TLS with a server that does not', async () => {
    const server = await given.server();
    const faults = await faultsOf(`esdb://127.0.0.1:${server.port}`);
    expect(faults).toEqual([expect.stringContaining('needs tls=false')]);
  });

  it('calls a connection without a user, or whose user is not sent, anonymous', async () => {
    const { connectionString } = await given.server({ mayReadAll: false });
    for (const each of [connectionString, connectionString.replace('//', '//me:secret@')])
      expect(await faultsOf(each)).toEqual([expect.stringMatching(/anonymous.* may not read the whole log/)]);
  });

  it('names a version that is too old', async () => {
    const server = await given.server({ version: '21.10.2.0' });
    expect(await faultsOf(server.connectionString)).toEqual([expect.stringContaining('version 21.10.2.0')]);
  });

  it('says so when something answers that is not EventStoreDB', async () => {
    const server = await given.server();
    server.misbehave({ hang: true });
    expect(await faultsOf(server.connectionString, 300)).toEqual([expect.stringContaining('does not answer')]);
  });
});
