/** One file that breaks one rule, and what it needs beside it. */
export interface Violation {
  readonly rule: string;
  readonly file: string;
  readonly code: string;
  readonly beside?: Readonly<Record<string, string>>;
}

const use = (from: string): string => `import { x } from '${from}';\nexport const y = x;\n`;
const x = 'export const x = 1;\n';

/** What the plants and the lawful tree import. */
export const base: Readonly<Record<string, string>> = {
  'src/kernel/word.ts': x,
  'src/platform/clock/clock.ts': x,
  'src/platform/ids/ids.ts': x,
  'src/engine/streams.ts': x,
  'src/sdk/client.ts': x,
  'src/jobs/domain/job.events.ts': x,
  'src/jobs/domain/job.commands.ts': x,
  'src/jobs/domain/job.decider.ts': x,
  'src/worker/loop.ts': x,
  'src/main.ts': x,
  'projections/jobs/jobs.projection.ts': x,
  'projections/jobs/jobs.table.ts': `class Table {\n  constructor(readonly name: string) {}\n}\nexport const x = new Table('jobs');\n`,
  'migrations/log.migrations.ts': x,
  'test/support/given.ts': x,
};

/** Every rule on imports, broken at least once. */
export const importViolations: readonly Violation[] = [
  {
    rule: 'no-cycles',
    file: 'src/engine/cycle/egg.ts',
    code: use('./hen.js'),
    beside: { 'src/engine/cycle/hen.ts': `import { type y } from './egg.js';\nexport const x: typeof y = 1;\n` },
  },
  { rule: 'everything-resolves', file: 'src/engine/lost.ts', code: use('./nowhere.js') },
  {
    rule: 'no-barrels',
    file: 'src/engine/from-barrel.ts',
    code: use('./barrel/index.js'),
    beside: { 'src/engine/barrel/index.ts': x },
  },
  { rule: 'no-barrels-written', file: 'src/platform/ids/index.ts', code: `export * from './ids.js';\n` },
  { rule: 'no-path-aliases', file: 'src/engine/aliased.ts', code: use('#kernel/word.ts') },
  { rule: 'kernel-imports-nothing', file: 'src/kernel/knows-time.ts', code: use('../platform/clock/clock.js') },
  { rule: 'domain-is-pure', file: 'src/jobs/domain/impure.ts', code: `export { randomUUID } from 'node:crypto';\n` },
  { rule: 'modules-talk-in-messages', file: 'src/schedules/prying.ts', code: use('../jobs/domain/job.decider.js') },
  { rule: 'modules-do-not-look-up', file: 'src/jobs/looking-up.ts', code: use('../worker/loop.js') },
  {
    rule: 'api-asks-the-bus',
    file: 'src/jobs/api/deciding.controller.ts',
    code: use('../../engine/commands/streams.js'),
    beside: { 'src/engine/commands/streams.ts': x },
  },
  {
    rule: 'api-asks-the-bus',
    file: 'src/jobs/api/reading-the-log.controller.ts',
    code: use('../../engine/event-store/event-store.port.js'),
    beside: { 'src/engine/event-store/event-store.port.ts': x },
  },
  {
    rule: 'api-asks-the-bus',
    file: 'src/jobs/api/waiting-itself.controller.ts',
    code: use('../../engine/projector/read-consistency.js'),
    beside: { 'src/engine/projector/read-consistency.ts': x },
  },
  {
    rule: 'api-asks-the-bus',
    file: 'src/jobs/api/own-pool.controller.ts',
    code: use('../../platform/postgres/own-pools.js'),
    beside: { 'src/platform/postgres/own-pools.ts': x },
  },
  {
    rule: 'api-asks-the-bus',
    file: 'src/jobs/api/any-pool.controller.ts',
    code: `export { type Pool } from 'pg';\n`,
  },
  { rule: 'dispatch-knows-no-module', file: 'src/dispatch/knows-jobs.ts', code: use('../jobs/domain/job.events.js') },
  { rule: 'engine-knows-no-module', file: 'src/engine/knows-jobs.ts', code: use('../jobs/domain/job.events.js') },
  { rule: 'platform-is-below', file: 'src/platform/clock/floating.ts', code: use('../../engine/streams.js') },
  { rule: 'projections-are-pure', file: 'projections/jobs/impure.ts', code: use('../../src/platform/ids/ids.js') },
  { rule: 'migrations-stand-alone', file: 'migrations/log/0001-leaning.ts', code: use('../../src/kernel/word.js') },
  { rule: 'sdk-stands-alone', file: 'src/sdk/leaning.ts', code: use('../kernel/word.js') },
  { rule: 'worker-uses-the-public-api', file: 'src/worker/shortcut.ts', code: use('../engine/streams.js') },
  { rule: 'console-uses-the-public-api', file: 'src/console/shortcut.ts', code: use('../engine/streams.js') },
  { rule: 'simulator-uses-the-public-api', file: 'src/simulator/shortcut.ts', code: use('../engine/streams.js') },
  { rule: 'cli-uses-the-public-api', file: 'src/cli/submit.ts', code: use('../engine/streams.js') },
  { rule: 'main-is-the-top', file: 'src/worker/restart.ts', code: use('../main.js') },
  { rule: 'nothing-imports-tests', file: 'src/engine/tested.ts', code: use('../../test/support/given.js') },
  {
    rule: 'db-client-has-one-adapter',
    file: 'src/jobs/store.query.ts',
    // Lazily, as the adapter itself does it.
    code: `export const client = () => import('@eventstore/db-client');\n`,
  },
  { rule: 'pino-has-one-place', file: 'src/engine/log.ts', code: `export { pino } from 'pino';\n` },
  {
    rule: 'telemetry-has-one-place',
    file: 'src/platform/http/telemetry.ts',
    code: `export { NodeSDK } from '@opentelemetry/sdk-node';\n`,
  },
  {
    rule: 'telemetry-api-below-the-modules',
    file: 'src/jobs/metrics.ts',
    code: `export { metrics } from '@opentelemetry/api';\n`,
  },
  {
    rule: 'typeorm-reads-and-migrates',
    file: 'src/jobs/commands/submit-job.handler.ts',
    code: `export { type DataSource } from 'typeorm';\n`,
  },
  {
    rule: 'nest-stays-at-the-edges',
    file: 'src/engine/streams-injectable.ts',
    code: `export { Injectable } from '@nestjs/common';\n`,
  },
];

/** A tree that uses every liberty the law leaves. */
export const lawful: Readonly<Record<string, string>> = {
  ...base,
  'src/jobs/domain/refusals.ts': use('../../kernel/word.js'),
  'src/jobs/domain/job.decider.spec.ts': use('../../../test/support/given.js'),
  'src/jobs/jobs.module.ts': `export { Module } from '@nestjs/common';\n${use('../engine/streams.js')}`,
  'src/jobs/commands/submit-job.ts': x,
  'src/jobs/api/jobs.controller.ts': [
    use('../commands/submit-job.js'),
    `export { x as a } from '../../engine/event-store/live-events.js';\n`,
    `export { x as b } from '../domain/job.commands.js';\n`,
    `export { x as c } from '../../schedules/domain/schedule.events.js';\n`,
  ].join(''),
  'src/schedules/domain/schedule.events.ts': x,
  'src/engine/event-store/live-events.ts': x,
  'src/jobs/queries/list-jobs.query.ts': `export { type DataSource } from 'typeorm';\n`,
  'src/jobs/queries/job-table.ts': use('../../../projections/jobs/jobs.table.js'),
  'src/dispatch/ready-jobs.ts': use('../engine/streams.js'),
  'src/jobs/leasing/job-claimer.ts': use('../../dispatch/ready-jobs.js'),
  'src/schedules/fire.handler.ts': use('../jobs/domain/job.commands.js'),
  'src/engine/spans.ts': `export { trace } from '@opentelemetry/api';\n`,
  'src/engine/event-store/eventstoredb/client.ts': `export { START } from '@eventstore/db-client';\n`,
  'src/engine/log.module.ts': use('../../migrations/log.migrations.js'),
  'src/platform/observability/log.ts': `export { pino } from 'pino';\nexport { NodeSDK } from '@opentelemetry/sdk-node';\n`,
  'src/platform/postgres/pools.ts': `export { DataSource } from 'typeorm';\nexport { Pool } from 'pg';\n`,
  'src/worker/run.ts': `${use('../sdk/client.js')}export { x as at } from '../platform/clock/clock.js';\n`,
  'src/cli/start.ts': use('../main.js'),
  'src/cli/replay.ts': use('../engine/streams.js'),
  'projections/jobs/more.projection.ts': use('../../src/jobs/domain/job.events.js'),
  'migrations/log/0001-event-log.ts': `export { type MigrationInterface } from 'typeorm';\n`,
  'test/acceptance/anything.ts': `export { START } from '@eventstore/db-client';\n${use('../../src/main.js')}`,
};

const domain = 'src/jobs/domain';

/** What dependency-cruiser cannot see, because it is not an import. */
export const syntaxViolations: readonly Violation[] = [
  {
    rule: '@typescript-eslint/no-restricted-imports',
    file: 'src/jobs/circular.module.ts',
    code: `import { forwardRef } from '@nestjs/common';\nexport const y = forwardRef;\n`,
  },
  {
    rule: '@typescript-eslint/no-restricted-imports',
    file: 'src/jobs/api/untyped.controller.ts',
    code: `import { CommandBus } from '@nestjs/cqrs';\nexport const y = CommandBus;\n`,
  },
  {
    rule: '@typescript-eslint/no-restricted-imports',
    file: 'src/jobs/queries/own-pool.ts',
    code: `import pg from 'pg';\nexport const pool = new Pool();\n`,
  },
  {
    rule: '@typescript-eslint/no-restricted-imports',
    file: 'src/jobs/queries/own-source.ts',
    code: `import { DataSource } from 'typeorm';\nexport const source = new DataSource({ type: 'postgres' });\n`,
  },
  {
    rule: 'no-restricted-syntax',
    file: 'test/chaos/own-pool.spec.ts',
    code: `import pg from 'pg';\nexport const pool = new Pool({ max: 2 });\n`,
  },
  {
    rule: 'no-restricted-syntax',
    file: 'src/engine/own-client.ts',
    code: `export const client = async () => new (await import('pg')).default.Client();\n`,
  },
  {
    rule: 'no-restricted-syntax',
    file: 'src/engine/any-revision.ts',
    code: `export const append = { stream: 's', expected: 'any' };\n`,
  },
  {
    rule: 'no-restricted-syntax',
    file: 'src/app/counts-ends.ts',
    code: `export const isEnd = (type: string): boolean => type === 'JobSucceeded';\n`,
  },
  {
    rule: 'dialect/one',
    file: 'src/engine/private-by-word.ts',
    code: `export class Counter {\n  private count = 0;\n  next(): number {\n    return (this.count += 1);\n  }\n}\n`,
  },
  {
    rule: 'dialect/one',
    file: 'src/engine/type-apart.ts',
    code: `import type { x } from './streams.js';\nexport type Y = typeof x;\n`,
  },
  ...['/** What nobody reads. */', '// Whoever comes first.', '/* Somebody else’s. */'].map((comment, place) => ({
    rule: 'dialect/one',
    file: `src/engine/subject-${place}.ts`,
    code: `${comment}\nexport const y = 1;\n`,
  })),
  {
    rule: 'dialect/one',
    file: 'src/engine/shouts.sql.ts',
    code: `export const shout = '${'select'.toUpperCase()} 1';\n`,
  },
  { rule: 'no-restricted-properties', file: `${domain}/reads-clock.ts`, code: `export const now = Date.now();\n` },
  { rule: 'no-restricted-syntax', file: `${domain}/reads-date.ts`, code: `export const now = new Date();\n` },
  { rule: 'no-restricted-properties', file: 'projections/rolls-dice.ts', code: `export const n = Math.random();\n` },
  {
    rule: 'no-restricted-globals',
    file: 'src/kernel/waits.ts',
    code: `export const wait = (): void => {\n  setTimeout(() => undefined, 1);\n};\n`,
  },
  {
    rule: 'no-restricted-globals',
    file: 'src/engine/own-timer.ts',
    code: `export const wait = (ms: number, call: () => void): unknown => setTimeout(call, ms);\n`,
  },
  {
    rule: 'no-restricted-properties',
    file: 'src/sdk/own-limit.ts',
    code: `export const limit = (ms: number): AbortSignal => AbortSignal.timeout(ms);\n`,
  },
  {
    rule: 'no-restricted-properties',
    file: 'src/engine/measures-by-wall-clock.ts',
    code: `export const since = (began: number): number => Date.now() - began;\n`,
  },
  {
    rule: '@typescript-eslint/no-restricted-imports',
    file: 'src/worker/own-pause.ts',
    code: `export { setTimeout as pause } from 'node:timers/promises';\n`,
  },
  {
    rule: 'no-restricted-properties',
    file: 'src/kernel/makes-ids.ts',
    code: `export const id = globalThis.crypto.randomUUID();\n`,
  },
  {
    rule: 'forgerun/tables-have-owners',
    file: 'src/queues/queries/reads-ready-jobs.ts',
    code: `export const text = 'select job_id from forgerun_read.ready_jobs';\n`,
  },
  {
    rule: 'forgerun/tables-have-owners',
    file: 'src/dispatch/names-what-is-not-there.ts',
    code: 'export const text = (id: string): string => `select from forgerun_engine.ready where id = ${id}`;\n',
  },
  {
    rule: 'forgerun/tables-have-owners',
    file: 'src/cli/looks-into-the-log.ts',
    code: `export const text = 'select position from forgerun_log.head';\n`,
  },
  {
    rule: 'forgerun/tables-have-owners',
    file: 'src/queues/queries/imports-jobs.ts',
    code: use('../../../projections/jobs/jobs.table.js'),
  },
  {
    rule: 'forgerun/tables-have-owners',
    file: 'src/reports/any-table.ts',
    code: 'export const text = (table: string): string => `select from forgerun_read.${table}`;\n',
  },
  {
    rule: 'forgerun/tables-have-owners',
    file: 'src/reports/quoted-table.ts',
    code: `export const text = 'select from "forgerun_read"."webhooks"';\n`,
  },
  {
    rule: 'forgerun/tables-have-owners',
    file: 'src/reports/quoted-any-table.ts',
    code: 'export const text = (table: string): string => `select from "forgerun_read"."${table}"`;\n',
  },
  {
    rule: 'forgerun/tables-have-owners',
    file: 'src/reports/names-the-schema.ts',
    code: `export const place = 'forgerun_read';\n`,
  },
  {
    rule: 'forgerun/tables-have-owners',
    file: 'src/reports/any-schema.ts',
    code: 'export const text = (schema: string): string => `select ${schema}.webhooks.url`;\n',
  },
  {
    rule: 'forgerun/tables-have-owners',
    file: 'src/reports/any-place.ts',
    code: 'export const text = (place: string): string => `select url from ${place}.webhooks`;\n',
  },
  {
    rule: 'forgerun/tables-have-owners',
    file: 'src/queues/queries/loads-jobs.ts',
    code: `export const jobs = () => import('../../../projections/jobs/jobs.table.js');\n`,
  },
  {
    rule: 'forgerun/tables-have-owners',
    file: 'src/queues/queries/hands-jobs-on.ts',
    code: `export * from '../../../projections/jobs/jobs.table.js';\n`,
  },
  ...[
    ['counts-in-a-template', 'export const isEnd = (type: string): boolean => type === `JobSucceeded`;\n'],
    ['counts-by-key', 'export const ends = { JobSucceeded: 1 };\n'],
    ['counts-by-type', 'export interface Ends {\n  JobSucceeded: number;\n}\n'],
    ['counts-by-member', 'export const of = (ends: Record<string, number>) => ends.JobSucceeded;\n'],
  ].map(([name, code = '']) => ({ rule: 'no-restricted-syntax', file: `src/app/${name ?? ''}.ts`, code })),
  ...[
    ['inserts', 'insert into t values (1)'],
    ['names-what-it-asks', 'with a as (select 1) table a'],
    ['locks', 'lock table t'],
    ['alters', 'alter table t add n int'],
    ['truncates', 'truncate t'],
    ['drops', 'drop table t'],
    ['comments-first', '-- What is there.\n select 1'],
    ['comments-at-length', '/* What\n is there. */ select 1'],
  ].flatMap(([name = '', text = '']) =>
    ['src/app', 'src/jobs/api'].map((folder) => ({
      rule: 'forgerun/no-statements',
      file: `${folder}/${name}.ts`,
      code: `export const text = \`${text}\`;\n`,
    })),
  ),
  {
    rule: 'forgerun/no-statements',
    file: 'src/jobs/api/asks-itself.ts',
    code: `export const ask = (pool: { query(text: string): void } | null, text: string): void => {\n  pool?.query(text);\n};\n`,
  },
  {
    rule: 'forgerun/no-statements',
    file: 'src/jobs/api/asks-by-name.ts',
    code: `export const ask = (pool: { query(text: string): void }, text: string): void => {\n  pool['query'](text);\n};\n`,
  },
  {
    rule: 'forgerun/no-statements',
    file: 'src/app/asks-itself.ts',
    code: `export const ask = (pool: { query(text: string): void }, text: string): void => {\n  pool.query(text);\n};\n`,
  },
  {
    rule: 'forgerun/no-statements',
    file: 'src/app/has-a-statement.ts',
    code: 'export const text = `\\n  select now()`;\n',
  },
  {
    rule: '@typescript-eslint/no-floating-promises',
    file: 'src/engine/forgets.ts',
    code: `export const forget = (work: () => Promise<void>): void => {\n  work();\n};\n`,
  },
];

/** What looks like a violation and is none. */
export const lawfulSyntax: Readonly<Record<string, string>> = {
  'src/jobs/api/says-what-it-does.ts': `export const summaries = ['Create a job', 'Drop it', 'with its payload', 'update'];\n`,
  'src/engine/says-nobody.ts': `/** Anybody. */\nexport const y = 'nobody';\n`,
  'src/app/begins.ts': `export const started = { StartEngineFailed: 'no select here' };\n`,
  'src/reports/own-columns.ts':
    'export const text = (of: string): string => `select ${of}.attempts from forgerun_read.attempts ${of}`;\n',
  'src/queues/queries/loads-something.ts': 'export const load = (file: string): Promise<unknown> => import(file);\n',
};
