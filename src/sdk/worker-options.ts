import { type Lease, type LeaseRequest, type LeaseSource } from './lease-source.js';
import { type Handler } from './running-job.js';

export interface WorkerOptions {
  readonly source: LeaseSource;
  /** Names this process in every job's history: up to 200 printable ASCII characters, without spaces. */
  readonly workerId: string;
  /** By work kind. */
  readonly handlers: Readonly<Record<string, Handler>>;
  /** The kinds to ask for; default: those of `handlers`. A kind without a handler fails as definition missing. */
  readonly workKinds?: readonly string[];
  /** Default: every queue. */
  readonly queues?: readonly string[];
  /** Handlers running at once, 1 to 1000; default 8. */
  readonly concurrency?: number;
  /** Default 5000; at most half of `leaseMs`. */
  readonly heartbeatMs?: number;
  /** Default 30000. */
  readonly leaseMs?: number;
  /** How long `stop()` lets running handlers finish; default 20000. */
  readonly drainMs?: number;
  /** How long one request for jobs may wait for them, up to 20000. */
  readonly pollMs?: number;
  /** The least time between two progress reports of one job; default 200. */
  readonly progressMs?: number;
  /** The most ends of jobs reported in one call; default 500, 1 for one call each. */
  readonly batch?: number;
  /** Called with every failure the worker survives. Default: process warnings. */
  readonly onError?: (error: unknown, where: WorkerFailure) => void;
}

/** What went wrong while what was done, and for which job. */
export interface WorkerFailure {
  readonly action: 'lease' | 'heartbeat' | 'report' | 'release' | 'handler';
  readonly lease: Lease | null;
}

/** What one request for jobs asks for. */
type Selection = Pick<LeaseRequest, 'queues' | 'workKinds'>;

export type WorkerSettings = Required<Omit<WorkerOptions, 'queues' | 'workKinds'>> & {
  readonly workKinds: readonly string[];
  /** All that the worker wants, in requests that the engine takes. */
  readonly selections: readonly Selection[];
};

/** As the engine has it. */
const workerIdText = /^[\x21-\x7e]{1,200}$/;
/** As the engine has it, for kinds and for queues. */
const maxNames = 1_000;

/** Fills in the defaults, and refuses what cannot work. */
export function settingsOf(options: WorkerOptions): WorkerSettings {
  const workKinds = options.workKinds ?? Object.keys(options.handlers);
  const settings: WorkerSettings = {
    concurrency: 8,
    heartbeatMs: 5_000,
    leaseMs: 30_000,
    drainMs: 20_000,
    pollMs: 20_000,
    progressMs: 200,
    batch: 500,
    onError: warn,
    ...options,
    workKinds,
    selections: selectionsOf(workKinds, options.queues),
  };
  const faults = [
    workerIdText.test(settings.workerId)
      ? null
      : `workerId must be 1 to 200 printable ASCII characters without spaces, not ${JSON.stringify(settings.workerId)}`,
    whole('concurrency', settings.concurrency, 1, 1000),
    whole('heartbeatMs', settings.heartbeatMs, 1, settings.leaseMs / 2),
    whole('drainMs', settings.drainMs, 0, 86_400_000),
    whole('pollMs', settings.pollMs, 0, 20_000),
    whole('progressMs', settings.progressMs, 0, 60_000),
    whole('batch', settings.batch, 1, 1000),
    ...settings.workKinds.map((kind) => settings.source.kindFault?.(kind) ?? null),
    settings.workKinds.length === 0 ? 'a worker needs a handler for one kind at least' : null,
  ].filter((fault) => fault !== null);
  if (faults.length > 0) throw new RangeError(faults.join('; '));
  return settings;
}

function selectionsOf(workKinds: readonly string[], queues: readonly string[] | undefined): Selection[] {
  const kindParts = partsOf(workKinds);
  if (queues === undefined) return kindParts.map((part) => ({ workKinds: part }));
  return partsOf(queues).flatMap((part) => kindParts.map((kinds) => ({ workKinds: kinds, queues: part })));
}

function partsOf(names: readonly string[]): (readonly string[])[] {
  const each = [...new Set(names)];
  const parts = Math.max(1, Math.ceil(each.length / maxNames));
  return Array.from({ length: parts }, (_, part) => each.slice(part * maxNames, (part + 1) * maxNames));
}

function whole(name: string, value: number, least: number, most: number): string | null {
  if (Number.isInteger(value) && value >= least && value <= most) return null;
  return `${name} must be a whole number from ${least} to ${most}, not ${value}`;
}

function warn(error: unknown, { action, lease }: WorkerFailure): void {
  const job = lease === null ? '' : ` of job ${lease.jobId}`;
  const message = error instanceof Error ? error.message : typeof error;
  process.emitWarning(`${action}${job}: ${message}`, 'ForgeRunWorkerWarning');
}
