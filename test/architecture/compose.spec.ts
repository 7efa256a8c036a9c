import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { settings } from '../../src/platform/config/config.js';

interface Service {
  readonly image?: string;
  readonly build?: string;
  readonly profiles?: readonly string[];
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string; readonly required?: boolean }>>;
  readonly healthcheck?: { readonly test?: readonly string[]; readonly disable?: boolean };
  readonly networks?: readonly string[];
  readonly ports?: readonly string[];
  readonly restart?: string;
  readonly volumes?: readonly string[];
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean }>>;
  readonly volumes: Readonly<Record<string, null>>;
}

const text = readFileSync('docker-compose.yml', 'utf8');
const { services, networks, volumes } = parse(text, { merge: true }) as Compose;
const all = Object.entries(services);
const ours = all.filter(([, { build }]) => build !== undefined);
const dockerfile = readFileSync('Dockerfile', 'utf8');

describe('docker-compose.yml', () => {
  it('starts a role for everything an engine does', () => {
    const roles = ours.flatMap(([, { command = [] }]) => command.at(-1)?.split(',') ?? []);
    expect(roles.sort()).toEqual(['api', 'projector', 'saga', 'worker']);
  });

  it('waits only for services that are there, and for their health only where they have a check', () => {
    for (const [name, { depends_on = {}, profiles = [] }] of all)
      for (const [other, { condition, required = true }] of Object.entries(depends_on)) {
        const { healthcheck, build, profiles: theirs = [] } = services[other] ?? {};
        expect([name, other, services[other] !== undefined]).toEqual([name, other, true]);
        const isChecked = healthcheck === undefined ? build !== undefined : healthcheck.disable !== true;
        expect([name, other, condition === 'service_started' || isChecked]).toEqual([name, other, true]);
        // What another profile brings may be missing.
        if (required) expect(theirs.every((profile) => profiles.includes(profile))).toBe(true);
      }
  });

  it('checks the health of every store and of the API', () => {
    for (const name of ['postgres', 'eventstore', 'eventstore-2', 'eventstore-3'])
      expect(services[name]?.healthcheck?.test?.length).toBeGreaterThan(1);
    expect(services['forgerun']?.healthcheck).toBeUndefined();
    expect(dockerfile).toMatch(/^HEALTHCHECK [^]*\/health\/live/m);
  });

  it('starts a store again that ends by itself, also with exit code 0', () => {
    for (const name of ['postgres', 'eventstore', 'eventstore-2', 'eventstore-3'])
      expect([name, services[name]?.restart]).toEqual([name, expect.stringMatching(/^(always|unless-stopped)$/)]);
  });

  it('pins what it does not build', () => {
    for (const [name, { image = '', build }] of all)
      if (build === undefined) expect([name, image]).toEqual([name, expect.stringMatching(/^[a-z/]+:\d+\.\d+/)]);
    for (const [, from = ''] of dockerfile.matchAll(/^FROM (\S+)/gm)) expect(from).toContain('${NODE_VERSION}');
    expect(dockerfile).toMatch(/^ARG NODE_VERSION=\d+\.\d+\.\d+$/m);
  });

  it('holds no password and has no default for one', () => {
    const secrets = all.flatMap(([name, { environment = {} }]) =>
      Object.entries(environment)
        .filter(([variable]) => /PASSWORD|KEY|DATABASE_URL/.test(variable))
        .map(([variable, value]) => [name, variable, value] as const),
    );
    expect(secrets.length).toBeGreaterThan(4);
    for (const [name, variable, value] of secrets)
      expect([name, variable, value]).toEqual([name, variable, expect.stringMatching(/\$\{[A-Z_]+:\?/)]);
  });

  it('keeps stores off the outside, and their data in volumes', () => {
    expect(networks['stores']?.internal).toBe(true);
    for (const [name, { build, networks: joined = [], ports = [], volumes: kept = [] }] of all) {
      expect([name, joined.every((one) => one in networks)]).toEqual([name, true]);
      for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
      if (build !== undefined) continue;
      expect([name, joined, ports]).toEqual([name, ['stores'], []]);
      expect(kept.map((one) => (one.split(':')[0] ?? '') in volumes)).toEqual([true]);
    }
  });

  it('sets only variables that the engine knows', () => {
    const known = Object.values(settings).map(({ name }) => name);
    const set = ours.flatMap(([, { environment = {} }]) => Object.keys(environment));
    expect(set.filter((name) => name.startsWith('FORGERUN_') && !known.includes(name))).toEqual([]);
  });
});

describe('docs/observability/compose.observability.yml', () => {
  const overlay = parse(readFileSync('docs/observability/compose.observability.yml', 'utf8'), {
    merge: true,
  }) as Compose;
  /** As compose reads both files: lists of networks and maps of variables are joined. */
  const networksOf = (name: string): readonly string[] => [
    ...(services[name]?.networks ?? []),
    ...(overlay.services[name]?.networks ?? []),
  ];
  const config = (name: string): string => readFileSync(`docs/observability/${name}`, 'utf8');

  it('shares a network with whatever it is to be reached from', () => {
    const speaks: (readonly [string, string])[] = [
      ...ours.map(([name]) => [name, 'otel-collector'] as const),
      ['otel-collector', 'tempo'],
      ['prometheus', 'forgerun'],
      ['prometheus', 'otel-collector'],
      ['grafana', 'prometheus'],
      ['grafana', 'tempo'],
    ];
    for (const [from, to] of speaks) {
      const shared = networksOf(from).filter((each) => networksOf(to).includes(each));
      expect([from, to, shared.length > 0]).toEqual([from, to, true]);
    }
    expect(config('otel-collector.yml')).toContain("'tempo:4317'");
    expect(config('prometheus.yml')).toMatch(/'forgerun:8080'[^]*'otel-collector:9464'/);
    for (const [name, { networks: joined = [] }] of Object.entries(overlay.services))
      expect([name, joined.filter((one) => !(one in overlay.networks))]).toEqual([name, []]);
    // Grafana's and Prometheus' ports are published, and an internal network publishes none.
    expect(overlay.networks['telemetry']?.internal).not.toBe(true);
  });

  it('has every role send its traces, and each metric come one way only', () => {
    for (const [name, { command = [] }] of ours) {
      const environment = overlay.services[name]?.environment ?? {};
      expect([name, environment['OTEL_EXPORTER_OTLP_ENDPOINT']]).toEqual([name, 'http://otel-collector:4318']);
      const isScraped = command.at(-1) === 'api';
      expect([name, environment['OTEL_METRICS_EXPORTER']]).toEqual([name, isScraped ? 'none' : undefined]);
    }
  });
});

describe('the Dockerfile', () => {
  it('copies only what .dockerignore lets through', () => {
    const allowed = readFileSync('.dockerignore', 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    expect(allowed.filter((path) => !existsSync(path))).toEqual([]);
    for (const [, from = ''] of dockerfile.matchAll(/^COPY (package\S*|scripts) /gm)) expect(allowed).toContain(from);
  });

  it('runs as an ordinary user, without data of anybody in it', () => {
    const last = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '));
    expect(last).toMatch(/^USER node$/m);
    expect(last.indexOf('USER node')).toBeLessThan(last.indexOf('ENTRYPOINT'));
    expect(last).toMatch(/^VOLUME \/data$/m);
    expect(last).toContain('--max-semi-space-size=64');
  });
});
