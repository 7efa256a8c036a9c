import { failpointRule, type FailpointSettings, whyNotArmed } from '../failpoints/failpoint-settings.js';
import { sealingKeyForm } from '../sealing/sealing-key.js';
import { isServiceLink } from './kubernetes.js';
import { nearestOf } from './nearest-name.js';
import {
  decimal,
  hostName,
  listOf,
  matching,
  nameServer,
  network,
  oneOf,
  orNone,
  type Rule,
  whole,
} from './setting.rules.js';

export type Role = 'api' | 'worker' | 'projector' | 'saga';

/** Every setting, read once at start from the environment and `.env`. Names and defaults: docs/reference/config.md. */
export interface Config {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly dataDir: string;
  /** `embedded`, or a `postgres://`, `esdb://`, `esdb+discover://` connection string. */
  readonly eventStore: string;
  /** Before every category of streams in the event store; null: nothing. */
  readonly eventStoreNamespace: string | null;
  /** Installation whose log a database that is empty adopts. */
  readonly adoptLog: string | null;
  /** `embedded`, or a `postgres://` connection string. */
  readonly databaseUrl: string;
  readonly roles: readonly Role[];
  readonly adminKey: string | null;
  /** The key itself in base64, or `file:` and where it lies; null: in the data folder. */
  readonly sealingKey: string | null;
  /** The one before it, in the same form; `lost` where it is gone. */
  readonly sealingKeyPrevious: string | null;
  readonly syntheticTimeScale: number;
  /** Null: all. */
  readonly allowedWorkKinds: readonly string[] | null;
  readonly workerConcurrency: number;
  readonly leaseMs: number;
  readonly heartbeatMs: number;
  /** Per client; 0: off. */
  readonly rateLimitPerMinute: number;
  readonly maxActiveJobs: number;
  readonly maxQueuedJobs: number;
  readonly maxDeferDays: number;
  /** Networks in CIDR notation. */
  readonly egressAllow: readonly string[];
  /** As `address` or `address:port`; null: those of the system. */
  readonly dnsServers: readonly string[] | null;
  readonly webhookTimeoutMs: number;
  readonly webhookMaxAttempts: number;
  readonly webhookBackoffBaseMs: number;
  readonly webhookDisableAfterHours: number;
  readonly retentionDays: number;
  readonly keyRetentionDays: number;
  readonly shutdownMs: number;
  /** Networks in CIDR notation. */
  readonly metricsAllow: readonly string[];
  readonly metricsToken: string | null;
  readonly logLevel: string;
  readonly logFormat: 'json' | 'pretty';
  /** For tests only; null: none is armed. */
  readonly failpoints: FailpointSettings | null;
}

type Env = Readonly<Record<string, string | undefined>>;

/** One row of the reference: what a variable is called, what it is when it is not set, and what it must be. */
export interface Setting<Value = unknown> {
  readonly name: string;
  /** As it would be written in the environment; null: the setting is null. */
  readonly fallback: string | null;
  /** The default as the reference prints it, where that is not the text itself. */
  readonly shown?: string;
  readonly unit?: string;
  readonly rule: Rule<Value>;
  readonly about: string;
  /** Its value is never repeated in a message. */
  readonly secret?: true;
  /** Set to nothing it is nothing, and not its default. */
  readonly canBeEmpty?: true;
}

const workKind = matching(/^([A-Z][A-Z0-9_]*|[a-z][a-z0-9_]*(\.[a-z0-9_]+)*)$/, 'a work kind');
const sealingKey = matching(/^([A-Za-z0-9+/]{43}=|file:.{1,4096})$/, `${sealingKeyForm}, or file: and a path`);
const sealingKeyOrLost = matching(
  /^([A-Za-z0-9+/]{43}=|file:.{1,4096}|lost)$/,
  `${sealingKeyForm}, or file: and a path, or lost`,
);
const postgres = '(postgres|postgresql):\\/\\/\\S+';

/** Every setting once. `docs/reference/config.md` is held to this table by a test. */
export const settings: { readonly [Key in keyof Config]: Setting<Config[Key]> } = {
  host: { name: 'FORGERUN_HOST', fallback: '127.0.0.1', rule: hostName, about: 'Address to listen on.' },
  port: {
    name: 'FORGERUN_PORT',
    fallback: '8080',
    rule: whole(0, 65_535),
    about: 'Port to listen on; 0 takes any free one.',
  },
  dataDir: {
    name: 'FORGERUN_DATA_DIR',
    fallback: '.forgerun',
    rule: matching(/^[^\0]{1,4096}$/, 'a folder'),
    about: 'Folder of the embedded stores.',
  },
  eventStore: {
    name: 'FORGERUN_EVENT_STORE',
    fallback: 'embedded',
    rule: matching(
      new RegExp(`^(embedded|esdb(\\+discover)?:\\/\\/\\S+|${postgres})$`),
      '`embedded` or a connection string that begins with esdb://, esdb+discover://, postgres:// or postgresql://',
    ),
    about: 'Where the event log lives.',
    secret: true,
  },
  eventStoreNamespace: {
    name: 'FORGERUN_EVENT_STORE_NAMESPACE',
    fallback: null,
    shown: 'none',
    rule: orNone(matching(/^[a-z][a-z0-9]{0,31}$/, 'a letter and up to 31 letters and digits, all of them small')),
    about: 'Begins the name of every stream, so that several installations share an event store.',
  },
  adoptLog: {
    name: 'FORGERUN_ADOPT_LOG',
    fallback: null,
    shown: 'none',
    rule: orNone(matching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, 'the id of an installation')),
    about: 'Installation whose database is lost: an empty one takes its place.',
  },
  databaseUrl: {
    name: 'FORGERUN_DATABASE_URL',
    fallback: 'embedded',
    rule: matching(
      new RegExp(`^(embedded|${postgres})$`),
      '`embedded` or a connection string that begins with postgres:// or postgresql://',
    ),
    about: 'Postgres for read models and engine tables.',
    secret: true,
  },
  roles: {
    name: 'FORGERUN_ROLES',
    fallback: 'api,worker,projector,saga',
    rule: listOf(oneOf<Role>('api', 'worker', 'projector', 'saga'), 1),
    about: 'What this process does.',
  },
  adminKey: {
    name: 'FORGERUN_ADMIN_KEY',
    fallback: null,
    shown: 'generated, printed once',
    rule: orNone(matching(/^[\x21-\x7e]{8,200}$/, '8 to 200 printable ASCII characters without spaces')),
    about: 'The operator’s key, at any start.',
    secret: true,
  },
  sealingKey: {
    name: 'FORGERUN_SEALING_KEY',
    fallback: null,
    shown: 'made at the first start',
    rule: orNone(sealingKey),
    about: 'Seals the secrets of webhooks; the same on every node. Required unless the database is embedded.',
    secret: true,
  },
  sealingKeyPrevious: {
    name: 'FORGERUN_SEALING_KEY_PREVIOUS',
    fallback: null,
    shown: 'none',
    rule: orNone(sealingKeyOrLost),
    about: 'The key before: opens what it has sealed, which is sealed anew. `lost`: it is gone.',
    secret: true,
  },
  syntheticTimeScale: {
    name: 'FORGERUN_SYNTHETIC_TIME_SCALE',
    fallback: '1',
    rule: decimal(0, 1000),
    about: 'Factor on the durations of the synthetic work kinds.',
  },
  allowedWorkKinds: {
    name: 'FORGERUN_ALLOWED_WORK_KINDS',
    fallback: null,
    shown: 'all',
    rule: orNone(listOf(workKind, 1)),
    about: 'Work kinds that may be submitted.',
  },
  workerConcurrency: {
    name: 'FORGERUN_WORKER_CONCURRENCY',
    fallback: '8',
    unit: 'jobs',
    rule: whole(1, 1_000),
    about: 'Jobs that the built-in worker runs at once, shared between clients.',
  },
  leaseMs: {
    name: 'FORGERUN_LEASE_MS',
    fallback: '30000',
    unit: 'ms',
    rule: whole(200, 86_400_000),
    about: 'How long a lease holds without a heartbeat; at least twice FORGERUN_HEARTBEAT_MS.',
  },
  heartbeatMs: {
    name: 'FORGERUN_HEARTBEAT_MS',
    fallback: '5000',
    unit: 'ms',
    rule: whole(50, 43_200_000),
    about: 'How often a worker says that it is alive.',
  },
  rateLimitPerMinute: {
    name: 'FORGERUN_RATE_LIMIT_PER_MINUTE',
    fallback: '60000',
    unit: 'requests',
    rule: whole(0, 100_000_000),
    about: 'Requests per client and minute; 0 turns the limit off.',
  },
  maxActiveJobs: {
    name: 'FORGERUN_MAX_ACTIVE_JOBS',
    fallback: '1000000',
    unit: 'jobs',
    rule: whole(1, 1_000_000_000),
    about: 'Unfinished jobs in the whole system beyond which submits are refused; the last tenth is for small clients.',
  },
  maxQueuedJobs: {
    name: 'FORGERUN_MAX_QUEUED_JOBS',
    fallback: '1000000',
    unit: 'jobs',
    rule: whole(1, 1_000_000_000),
    about: 'Waiting jobs in one queue beyond which submits to it are refused.',
  },
  maxDeferDays: {
    name: 'FORGERUN_MAX_DEFER_DAYS',
    fallback: '366',
    unit: 'days',
    rule: whole(1, 36_500),
    about: 'How far ahead `execution_at` may lie.',
  },
  egressAllow: {
    name: 'FORGERUN_EGRESS_ALLOW',
    fallback: '',
    shown: 'none',
    rule: listOf(network, 0),
    about: 'Private networks that webhooks, callbacks and HTTP_REQUEST may reach.',
  },
  dnsServers: {
    name: 'FORGERUN_DNS_SERVERS',
    fallback: null,
    shown: 'those of the system',
    rule: orNone(listOf(nameServer, 1)),
    about: 'Name servers that the hosts of webhooks, callbacks and HTTP_REQUEST are asked for at.',
  },
  webhookTimeoutMs: {
    name: 'FORGERUN_WEBHOOK_TIMEOUT_MS',
    fallback: '10000',
    unit: 'ms',
    rule: whole(50, 120_000),
    about: 'How long a receiver may take to answer.',
  },
  webhookMaxAttempts: {
    name: 'FORGERUN_WEBHOOK_MAX_ATTEMPTS',
    fallback: '8',
    unit: 'attempts',
    rule: whole(1, 50),
    about: 'Attempts before a delivery is exhausted.',
  },
  webhookBackoffBaseMs: {
    name: 'FORGERUN_WEBHOOK_BACKOFF_BASE_MS',
    fallback: '5000',
    unit: 'ms',
    rule: whole(1, 3_600_000),
    about: 'First delay between attempts; it doubles each time.',
  },
  webhookDisableAfterHours: {
    name: 'FORGERUN_WEBHOOK_DISABLE_AFTER_HOURS',
    fallback: '120',
    unit: 'hours',
    rule: whole(1, 8_760),
    about: 'How long a webhook may go on failing before it is disabled.',
  },
  retentionDays: {
    name: 'FORGERUN_RETENTION_DAYS',
    fallback: '30',
    unit: 'days',
    rule: whole(1, 36_500),
    about: 'How long finished jobs are kept.',
  },
  keyRetentionDays: {
    name: 'FORGERUN_KEY_RETENTION_DAYS',
    fallback: '90',
    unit: 'days',
    rule: whole(1, 36_500),
    about: 'How long revoked keys are kept.',
  },
  shutdownMs: {
    name: 'FORGERUN_SHUTDOWN_MS',
    fallback: '25000',
    unit: 'ms',
    rule: whole(100, 600_000),
    about: 'How long a stop may take.',
  },
  metricsAllow: {
    name: 'FORGERUN_METRICS_ALLOW',
    fallback: '127.0.0.0/8,::1/128',
    rule: listOf(network, 0),
    about:
      'Networks whose peers may read `/metrics` without a token; a forwarded request counts as outside. Set to nothing: only the token opens.',
    canBeEmpty: true,
  },
  metricsToken: {
    name: 'FORGERUN_METRICS_TOKEN',
    fallback: null,
    shown: 'none',
    rule: orNone(matching(/^[\x21-\x7e]{8,200}$/, '8 to 200 printable ASCII characters without spaces')),
    about: 'With it as `Authorization: Bearer` anybody may read `/metrics`.',
    secret: true,
  },
  logLevel: {
    name: 'FORGERUN_LOG_LEVEL',
    fallback: 'info',
    rule: oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
    about: 'The least severe line that is logged.',
  },
  logFormat: {
    name: 'FORGERUN_LOG_FORMAT',
    fallback: 'json',
    shown: 'json; pretty on a terminal',
    rule: oneOf('json', 'pretty'),
    about: 'How log lines look.',
  },
  failpoints: {
    name: 'FORGERUN_FAILPOINTS',
    fallback: null,
    shown: 'none',
    rule: orNone(failpointRule),
    about:
      'For tests only: where this process dies, fails or stands still. Nothing starts with it but under NODE_ENV=test on a loopback address.',
  },
};

/** Variables of the command line and the SDK, which a `.env` file may hold beside the engine's own. */
const othersVariables = new Set(['FORGERUN_URL', 'FORGERUN_API_KEY']);

/** A start that cannot be: every fault at once, in sentences that say what would be right. */
export class InvalidConfig extends Error {
  readonly code = 'RFA_CONFIG_INVALID';

  constructor(readonly faults: readonly string[]) {
    super(`ForgeRun cannot start:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
    this.name = 'InvalidConfig';
  }
}

/**
 * Reads every setting; throws `InvalidConfig`. `onTerminal` decides how logs look where FORGERUN_LOG_FORMAT is not set.
 */
export function readConfig(env: Env, onTerminal = false): Config {
  const faults: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [key, setting] of Object.entries<Setting>(settings)) values[key] = read(setting, env, faults);
  const config = values as unknown as Config;
  if (onTerminal && blank(env[settings.logFormat.name])) values['logFormat'] = 'pretty';
  // NaN where either is not a number: then that is the fault to report.
  if (config.heartbeatMs * 2 > config.leaseMs)
    faults.push(
      `FORGERUN_HEARTBEAT_MS (${config.heartbeatMs}) must be at most half of FORGERUN_LEASE_MS (${config.leaseMs}).`,
    );
  const database = values['databaseUrl'];
  if (typeof database === 'string' && database !== 'embedded' && blank(env[settings.sealingKey.name]))
    faults.push(
      `${settings.sealingKey.name} must be set where ${settings.databaseUrl.name} is not embedded: ` +
        `${sealingKey.mustBe}, the same on every node.`,
    );
  // Whether or not it can be read: a start that was meant to be armed must not run without, nor the other way round.
  if (!blank(env[settings.failpoints.name]))
    faults.push(
      ...whyNotArmed(settings.failpoints.name, env['NODE_ENV'], env[settings.host.name]?.trim() || config.host),
    );
  if (faults.length > 0) throw new InvalidConfig(faults);
  return config;
}

// A variable set to nothing, as compose files do, is a variable not set.
const blank = (text: string | undefined): boolean => text === undefined || text.trim() === '';

function read(setting: Setting, env: Env, faults: string[]): unknown {
  const given = env[setting.name];
  const isWord = !blank(given) || setting.canBeEmpty === true;
  const isGiven = given !== undefined && isWord && !isServiceLink(setting.name, given);
  const text = isGiven ? given.trim() : setting.fallback;
  if (text === null) return null;
  const value = setting.rule.parse(text);
  if (value === undefined)
    faults.push(
      `${setting.name} must be ${setting.rule.mustBe}${setting.secret ? '' : `, not ${JSON.stringify(text)}`}.`,
    );
  return value;
}

/** Sentences about variables that look like settings and are none: worth a look, and no reason not to start. */
export function unknownVariables(env: Env): string[] {
  const names = Object.values<Setting>(settings).map(({ name }) => name);
  const known = new Set([...names, ...othersVariables]);
  return Object.entries(env)
    .filter(([name, value]) => name.startsWith('FORGERUN_') && !isServiceLink(name, value ?? ''))
    .filter(([name]) => !name.startsWith('FORGERUN_TEST_') && !known.has(name))
    .map(([name]) => {
      const [nearest, distance] = nearestOf(name, names);
      return `${name} is not a setting.${distance <= 4 ? ` Did you mean ${nearest}?` : ''}`;
    });
}
