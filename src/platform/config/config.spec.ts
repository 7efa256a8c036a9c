import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { InvalidConfig, readConfig, type Setting, settings, unknownVariables } from './config.js';

const rows = Object.values<Setting>(settings);

function faultsOf(env: Record<string, string>): readonly string[] {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof InvalidConfig) return error.faults;
    throw error;
  }
  return [];
}

describe('the configuration', () => {
  it('has a valid default for every setting', () => {
    expect(readConfig({})).toMatchObject({
      host: '127.0.0.1',
      port: 8080,
      roles: ['api', 'worker', 'projector', 'saga'],
      adminKey: null,
      allowedWorkKinds: null,
      egressAllow: [],
      leaseMs: 30_000,
      logFormat: 'json',
    });
  });

  it('shows metrics to no peer where the networks are set to nothing', () => {
    expect(readConfig({ FORGERUN_METRICS_ALLOW: ' ' }).metricsAllow).toEqual([]);
    expect(readConfig({}).metricsAllow).toEqual(['127.0.0.0/8', '::1/128']);
  });

  it('reads every kind of value', () => {
    const config = readConfig({
      FORGERUN_PORT: '0',
      FORGERUN_ROLES: ' api , saga,api',
      FORGERUN_SYNTHETIC_TIME_SCALE: '0.01',
      FORGERUN_ALLOWED_WORK_KINDS: 'email.send,SUCCESS_FAST',
      FORGERUN_EGRESS_ALLOW: '10.0.0.0/8,fd00::/8',
      FORGERUN_EVENT_STORE: 'esdb+discover://a:2113,b:2113?tls=false',
      FORGERUN_DATABASE_URL: 'postgresql://me@localhost/forgerun',
      FORGERUN_SEALING_KEY: 'file:keys/sealing',
      FORGERUN_ADMIN_KEY: 'k'.repeat(8),
    });
    expect(config).toMatchObject({
      port: 0,
      roles: ['api', 'saga'],
      syntheticTimeScale: 0.01,
      allowedWorkKinds: ['email.send', 'SUCCESS_FAST'],
      egressAllow: ['10.0.0.0/8', 'fd00::/8'],
      adminKey: 'kkkkkkkk',
    });
  });

  it('takes an empty variable for one that is not set', () => {
    expect(readConfig({ FORGERUN_PORT: '', FORGERUN_ADMIN_KEY: ' ' })).toEqual(readConfig({}));
  });

  it('prints pretty logs on a terminal unless told otherwise', () => {
    expect(readConfig({}, true).logFormat).toBe('pretty');
    expect(readConfig({ FORGERUN_LOG_FORMAT: 'json' }, true).logFormat).toBe('json');
  });

  it('lists every fault at once', () => {
    const faults = faultsOf({
      FORGERUN_PORT: '65536',
      FORGERUN_LEASE_MS: '1e3',
      FORGERUN_ROLES: 'api,wrker',
      FORGERUN_LOG_LEVEL: 'verbose',
      FORGERUN_EGRESS_ALLOW: '10.0.0.0/33',
      FORGERUN_DATABASE_URL: 'esdb://localhost',
      FORGERUN_HOST: 'not a host',
    });
    expect(faults).toHaveLength(7);
    expect(faults).toContain('FORGERUN_PORT must be a whole number from 0 to 65535, not "65536".');
  });

  it('never repeats a secret', () => {
    const faults = faultsOf({ FORGERUN_ADMIN_KEY: 'hunter 2 hunter', FORGERUN_EVENT_STORE: 'mysql://u:hunter@h' });
    expect(faults).toHaveLength(2);
    expect(faults.join()).not.toContain('hunter');
  });

  it('wants a heartbeat at least twice within a lease', () => {
    expect(faultsOf({ FORGERUN_LEASE_MS: '9999' })).toEqual([
      'FORGERUN_HEARTBEAT_MS (5000) must be at most half of FORGERUN_LEASE_MS (9999).',
    ]);
    expect(faultsOf({ FORGERUN_LEASE_MS: '10000' })).toEqual([]);
  });

  it('wants a sealing key where the database is not its own, and never repeats one', () => {
    const database = { FORGERUN_DATABASE_URL: 'postgres://me@localhost/forgerun' };
    const key = Buffer.alloc(32, 1).toString('base64');
    expect(faultsOf(database)).toEqual([expect.stringContaining('FORGERUN_SEALING_KEY must be set where')]);
    expect(faultsOf({ ...database, FORGERUN_SEALING_KEY: '' })).toHaveLength(1);
    for (const given of [key, 'file:keys/sealing'])
      expect(faultsOf({ ...database, FORGERUN_SEALING_KEY: given })).toEqual([]);
    const [fault = ''] = faultsOf({ FORGERUN_SEALING_KEY: 'hidden-word' });
    expect(fault).toContain('FORGERUN_SEALING_KEY must be 32 bytes in base64');
    expect(fault).not.toContain('hidden-word');
    expect(faultsOf({ FORGERUN_SEALING_KEY: 'lost' })).toHaveLength(1);
    expect(faultsOf({ FORGERUN_SEALING_KEY_PREVIOUS: 'lost' })).toEqual([]);
  });

  it('bears names it does not know, and says which one was meant', () => {
    const strange = { FORGERUN_HEARTBEET_MS: '1', FORGERUN_NONSENSE_ENTIRELY: '1' };
    expect(unknownVariables(strange)).toEqual([
      'FORGERUN_HEARTBEET_MS is not a setting. Did you mean FORGERUN_HEARTBEAT_MS?',
      'FORGERUN_NONSENSE_ENTIRELY is not a setting.',
    ]);
    expect(faultsOf(strange)).toEqual([]);
    expect(unknownVariables({ FORGERUN_TEST_ANYTHING: '1', FORGERUN_API_KEY: 'x', OTHER: '1' })).toEqual([]);
  });

  it('takes failpoints in a test on a loopback address alone, and lists their names where it cannot read them', () => {
    const armed = { FORGERUN_FAILPOINTS: 'append.sent=kill', NODE_ENV: 'test' };
    expect(readConfig(armed).failpoints?.points).toHaveLength(1);
    expect(readConfig({ ...armed, FORGERUN_FAILPOINTS: ' ', FORGERUN_HOST: '0.0.0.0' }).failpoints).toBeNull();
    expect(faultsOf({ ...armed, NODE_ENV: 'production' })).toEqual([expect.stringContaining('NODE_ENV is production')]);
    expect(faultsOf({ ...armed, FORGERUN_HOST: '0.0.0.0' })).toEqual([expect.stringContaining('no loopback address')]);
    const [fault, ...others] = faultsOf({ FORGERUN_FAILPOINTS: 'append.dun=kill', FORGERUN_HOST: '::' });
    expect(fault).toMatch(/NAME is one of .*append\.committed, .*, not "append\.dun=kill"\.$/);
    expect(others).toHaveLength(2);
  });

  it('takes what Kubernetes says of Services with such names for no setting of its own', () => {
    const links = {
      FORGERUN_SERVICE_HOST: '10.0.171.239',
      FORGERUN_SERVICE_PORT: '8080',
      FORGERUN_SERVICE_PORT_HTTP: '8080',
      FORGERUN_PORT: 'tcp://10.0.171.239:8080',
      FORGERUN_PORT_8080_TCP: 'tcp://10.0.171.239:8080',
      FORGERUN_PORT_8080_TCP_PROTO: 'tcp',
      FORGERUN_PORT_8080_TCP_PORT: '8080',
      FORGERUN_PORT_8080_TCP_ADDR: '10.0.171.239',
      FORGERUN_POSTGRES_PORT: 'tcp://10.0.171.240:5432',
      FORGERUN_POSTGRES_SERVICE_HOST: '10.0.171.240',
    };
    expect([readConfig(links), unknownVariables(links)]).toEqual([readConfig({}), []]);
    // Only that form: a port which is none is still a fault.
    expect(faultsOf({ FORGERUN_PORT: 'http://10.0.171.239:8080' })).toHaveLength(1);
  });

  it.each(rows.map((row) => [row.name, row] as const))('is told in the reference: %s', (name, row) => {
    const reference = readFileSync(join(process.cwd(), 'docs/reference/config.md'), 'utf8');
    const line = reference.split('\n').find((text) => text.startsWith('|') && text.includes(`\`${name}\``)) ?? '';
    expect(line).toContain(row.shown ?? row.fallback);
  });
});
