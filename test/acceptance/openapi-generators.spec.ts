import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { type Engine, startTestEngine } from '../support/engine.js';
import { fixtureEnv } from './routes.fixture.js';

let engine: Engine;
let folder: string;
let source: string;

beforeAll(async () => {
  [engine, folder] = await Promise.all([
    startTestEngine({ env: fixtureEnv }),
    mkdtemp(join(tmpdir(), 'forgerun-generated-')),
  ]);
  source = (await engine.api.as(null).get('/openapi.json')).text;
  await writeFile(join(folder, 'openapi.json'), source);
  await Promise.all([
    run('openapi-typescript/bin/cli.js', ['openapi.json', '-o', 'types/api.ts', '--default-non-nullable=false']),
    run('@hey-api/openapi-ts/bin/run.js', ['-i', 'openapi.json', '-o', 'client/api', '--no-log-file']),
  ]);
});

afterAll(async () => {
  await engine.stop();
  await rm(folder, { recursive: true, force: true });
});

const execute = promisify(execFile);

/** What a program of an installed package, or one in the folder, prints; rejects with it where the program fails. */
async function run(program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
  const path = program.startsWith(folder) ? program : resolve('node_modules', program);
  const options = { cwd: folder, timeout: 200_000, env: { ...process.env, ...env } };
  const failed = (error: unknown): never => {
    const { stdout = '', stderr = '' } = error as { readonly stdout?: string; readonly stderr?: string };
    throw new Error(`${program} failed: ${stdout}${stderr}`, { cause: error });
  };
  return (await execute(process.execPath, [path, ...args], options).catch(failed)).stdout;
}

const ofTypes = `
  import type { components, operations, webhooks } from './api';
  type Schemas = components['schemas'];
  export const least: Schemas['SubmitJobRequest'] = { type: 'EXECUTE', work_kind: 'email.send' };
  // @ts-expect-error no job is of this type
  export const wrong: Schemas['SubmitJobRequest'] = { type: 'LATER' };
  export const state: Schemas['Job']['state'] = 'QUEUED';
  const job = { ...least, type: 'EXECUTE' } as const;
  export const schedule: Schemas['CreateScheduleRequest'] = { name: 'daily', cron: '@daily', timezone: 'UTC', job };
  // @ts-expect-error the rule says when
  export const late: Schemas['ScheduledJobRequest'] = { ...job, execution_at: '2026-01-31T08:00:00.000Z' };
  type Canceled = Extract<Schemas['Event'], { event_name: 'JobCanceled' }>;
  export const why: Canceled['data']['reason'] = 'queue_timeout';
  // @ts-expect-error nothing is cancelled for this
  export const noReason: Canceled['data']['reason'] = 'a whim';
  export const wordsOf = (event: Schemas['Event']): string | null =>
    event.event_name === 'JobCanceled' ? event.data.note : null;
  // @ts-expect-error no job is in this state
  export const noState: Schemas['Job']['state'] = 'DONE';
  export type Submitted = operations['submitJob']['responses'][202]['content']['application/json'];
  export const lease: operations['leaseJobs']['requestBody'] = { content: { 'application/json': { worker_id: 'w' } } };
  type Message = NonNullable<webhooks['job.succeeded']['post']['requestBody']>;
  export const stateAfter = (sent: Message['content']['application/cloudevents+json']): Schemas['JobState'] =>
    sent.data.state;
`;

const ofClient = `
  import { client } from './api/client.gen';
  import { completeJob, getJob, leaseJobs, submitJob } from './api';
  declare const process: { readonly env: Record<string, string | undefined> };
  declare const console: { log(text: string): void };
  async function main(): Promise<void> {
    client.setConfig({ baseUrl: process.env['URL'] as string, auth: process.env['KEY'] as string });
    const throwOnError = true;
    const body = { type: 'EXECUTE', work_kind: 'email.send', queue: 'generated', payload: { to: 'ada' } } as const;
    const { data: submitted } = await submitJob({ body, throwOnError });
    const asked = { worker_id: 'generated', queues: ['generated'], wait_ms: 30_000, start: true };
    const { data: leased } = await leaseJobs({ body: asked, throwOnError });
    const lease = leased.leases[0];
    if (lease === undefined) throw new Error('no job was leased');
    const path = { lease_id: lease.lease_id };
    const { data: ended } = await completeJob({ path, body: { result: { sent: true } }, throwOnError });
    const { data: job } = await getJob({ path: { job_id: submitted.job_id }, throwOnError });
    console.log(JSON.stringify([lease.job_id === submitted.job_id, lease.payload, ended.state, job.state, job.result]));
  }
  void main();
`;

/** Compiles both outputs at once, with a program of a user of each, as strictly as can be. */
async function compile(): Promise<void> {
  const options = {
    compilerOptions: {
      ...{
        strict: true,
        skipLibCheck: true,
        target: 'es2022',
        module: 'commonjs',
        moduleResolution: 'bundler',
        types: [],
      },
      ...{ lib: ['es2023', 'dom', 'dom.iterable'], rootDir: '.', outDir: 'out' },
    },
    include: ['types', 'client'],
  };
  const files = {
    'package.json': { type: 'commonjs' },
    'tsconfig.json': options,
    'types/main.ts': ofTypes,
    'client/main.ts': ofClient,
  };
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), typeof content === 'string' ? content : JSON.stringify(content));
  }
  await run('typescript/bin/tsc', ['-p', '.']);
}

describe('what others make of the OpenAPI document', () => {
  it('passes a linter’s strict rules', async () => {
    // `by-name/{name}` and `{schedule_id}/next` share a form; a name has its own method, and ids are UUIDs.
    const config = await createConfig({ extends: ['recommended-strict'], rules: { 'no-ambiguous-paths': 'off' } });
    const faultsIn = async (text: string): Promise<readonly string[]> => {
      const found = await lintFromString({ source: text, absoluteRef: join(folder, 'openapi.json'), config });
      return found.map(({ ruleId, message }) => `${ruleId}: ${message}`);
    };
    expect(await faultsIn(source)).toEqual([]);
    const { info } = JSON.parse(source) as { readonly info: object };
    const bare = source.replace(JSON.stringify(info), '{"title":"x","version":"1"}');
    expect(await faultsIn(bare)).toEqual([expect.stringContaining('info-license')]);
  });

  it('gives types and a client that compile, and the client runs a job', async () => {
    await compile();
    const { api } = await engine.api.newClient();
    const main = join(folder, 'out/client/main.js');
    const printed = await run(main, [], { URL: engine.url, KEY: api.key ?? '' });
    expect(JSON.parse(printed)).toEqual([true, { to: 'ada' }, 'SUCCEEDED', 'SUCCEEDED', { sent: true }]);
  });

  it('shows descriptions and defaults where the types are read', async () => {
    const types = await readFile(join(folder, 'types/api.ts'), 'utf8');
    const priority = /@description 0 is leased first, 9 last\.\s+\* @default 5/.exec(types);
    expect(priority).not.toBeNull();
  });
});
