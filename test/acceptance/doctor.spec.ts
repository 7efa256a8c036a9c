import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { onDatabase } from '../support/database-settings.js';
import { startEngineProcess } from '../support/engine-process.js';
import { selfSigned } from '../support/eventstoredb/self-signed.js';
import { startEventStoreDb } from '../support/eventstoredb/server.js';
import { testDatabase, type TestDatabase } from '../support/postgres.js';
import { type Env, runDoctor } from './start-verdicts.fixture.js';

let folder: string;
let database: TestDatabase;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'forgerun-doctor-'));
  database = await testDatabase();
});
afterAll(async () => {
  await database.drop();
  await rm(folder, { recursive: true });
});

const doctor = (env: Env) => runDoctor(folder, env);

describe('forgerun doctor', () => {
  it('finds nothing wrong where a first start would work, and makes nothing', async () => {
    const { exit, lines } = await doctor({});
    expect(lines.filter((line) => !line.startsWith('ok'))).toEqual(['ForgeRun can start here.']);
    expect(exit).toBe(0);
    await expect(rm(join(folder, '.forgerun'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('tells every fault of the configuration with what would be right, and looks no further', async () => {
    const { exit, lines } = await doctor({ FORGERUN_HEARTBEAT_MS: 'often', FORGERUN_LEASE_MS: 'long' });
    expect(exit).toBe(1);
    expect(lines.filter((line) => line.startsWith('fail'))).toEqual([
      expect.stringContaining('FORGERUN_LEASE_MS must be'),
      expect.stringContaining('FORGERUN_HEARTBEAT_MS must be'),
    ]);
  });

  it('names variables that are no settings, which a start bears, and not those of Kubernetes', async () => {
    const { exit, lines } = await doctor({ FORGERUN_PRT: '1', FORGERUN_SERVICE_HOST: '10.0.171.239' });
    expect(exit).toBe(0);
    expect(lines.filter((line) => line.includes('FORGERUN_'))).toEqual([
      expect.stringContaining('FORGERUN_PRT is not a setting. Did you mean FORGERUN_PORT?'),
    ]);
  });

  it('looks at a database and an event store that are well', async () => {
    const server = await startEventStoreDb();
    const env = { ...onDatabase(database.connectionString), FORGERUN_EVENT_STORE: server.connectionString };
    const { exit, lines } = await doctor(env);
    await server.stop();
    const said = lines.join('\n');
    expect([exit, said]).toEqual([0, expect.stringMatching(/has every migration of the engine/)]);
    expect(said).toMatch(/safe settings[^]*clock[^]*the event store is EventStoreDB 24\.10\.5\.0; it answers/);
  });

  it('says its own lines and no warning of Node.js or of a client', async () => {
    const secure = { ...selfSigned(), user: 'admin', password: 'hidden-word' };
    const caFile = join(folder, 'ca.pem');
    await writeFile(caFile, secure.cert);
    const server = await startEventStoreDb({ secure });
    // An address as the name of a TLS server is what Node.js warns of.
    const address = `esdb://admin:hidden-word@127.0.0.1:${server.port}?tlsCAFile=${caFile}&tlsVerifyCrt=false`;
    const { exit, lines, stderr } = await doctor({ FORGERUN_EVENT_STORE: address });
    await server.stop();
    // A start leaves the setting out as well.
    expect([exit, stderr]).toEqual([0, '']);
    expect(lines.filter((line) => line.startsWith('warn'))).toEqual([expect.stringContaining('"tlsVerifyCrt"')]);
    expect(lines.join('\n')).not.toContain('hidden-word');
  });

  it('says what keeps stores from being reached, without their passwords', async () => {
    const { exit, lines } = await doctor({
      ...onDatabase('postgres://someone:hidden-word@127.0.0.1:1/there'),
      FORGERUN_EVENT_STORE: 'esdb://someone:hidden-word@127.0.0.1:1?tls=false',
    });
    const said = lines.join('\n');
    expect(exit).toBe(1);
    expect(said).toMatch(/fail {2}the database cannot be used[^]*-> Is Postgres running/);
    expect(said).toMatch(/fail {2}the event store: Nothing accepts connections at 127\.0\.0\.1:1/);
    expect(said).not.toContain('hidden-word');
  });

  it('looks into an embedded database that does not run, and leaves it as it was', async () => {
    const engine = await startEngineProcess();
    engine.kill();
    expect(await engine.exited).toBe(0);
    const { exit, lines } = await doctor({ FORGERUN_DATA_DIR: engine.dataDir });
    expect([exit, lines.join('\n')]).toEqual([
      0,
      expect.stringMatching(/the database and the event log belong together/),
    ]);
    await expect(stat(join(engine.dataDir, 'postgres', 'postmaster.pid'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('sees a port that is taken and a data folder that is a file', async () => {
    const taken = net.createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as net.AddressInfo;
    const file = join(process.cwd(), 'package.json');
    const { exit, lines } = await doctor({ FORGERUN_PORT: String(port), FORGERUN_DATA_DIR: file });
    await new Promise((resolve) => taken.close(resolve));
    const said = lines.join('\n');
    expect(exit).toBe(1);
    expect(said).toContain(`fail  port ${port} of 127.0.0.1 is taken`);
    expect(said).toContain('package.json is not a folder');
  });
});
