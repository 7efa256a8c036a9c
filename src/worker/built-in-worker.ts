import { availableParallelism } from 'node:os';
import { builtInKinds, syntheticKinds } from '../kernel/work-kinds.js';
import { type LeaseSource } from '../sdk/lease-source.js';
import { type Handler } from '../sdk/running-job.js';
import { Worker } from '../sdk/worker.js';
import { type WorkerFailure } from '../sdk/worker-options.js';
import { syntheticExecutor } from './executors/synthetic-executor.js';
import { ThreadPool } from './executors/thread-pool.js';

export interface BuiltInWorkerOptions {
  readonly source: LeaseSource;
  readonly workerId: string;
  readonly concurrency: number;
  readonly heartbeatMs: number;
  readonly leaseMs: number;
  readonly drainMs: number;
  readonly syntheticTimeScale: number;
  /** Null: all. */
  readonly allowedWorkKinds: readonly string[] | null;
  /** For the kinds that are not synthetic, such as HTTP_REQUEST. */
  readonly executors?: Readonly<Record<string, Handler>>;
  readonly onError: (error: unknown, where: WorkerFailure) => void;
}

const maxThreads = 4;

/** The worker that comes with the engine: an ordinary SDK worker that knows the built-in kinds. */
export class BuiltInWorker {
  readonly #threads = new ThreadPool(Math.min(maxThreads, availableParallelism()));
  /** Null when every built-in kind is forbidden: then there is nothing to lease. */
  readonly #worker: Worker | null;
  readonly workKinds: readonly string[];

  constructor({ syntheticTimeScale, allowedWorkKinds, executors, ...options }: BuiltInWorkerOptions) {
    this.workKinds = builtInKinds.filter((kind) => allowedWorkKinds?.includes(kind) ?? true);
    const synthetic = syntheticKinds.map((kind) => [kind, syntheticExecutor(kind, syntheticTimeScale, this.#threads)]);
    const handlers = { ...(Object.fromEntries(synthetic) as Record<string, Handler>), ...executors };
    this.#worker = this.workKinds.length === 0 ? null : new Worker({ ...options, handlers, workKinds: this.workKinds });
  }

  /** Jobs held at this moment. */
  get held(): number {
    return this.#worker?.held ?? 0;
  }

  start(): void {
    this.#worker?.start();
  }

  /** Lets what runs finish within `drainMs`, hands the rest back, and ends the threads. */
  async stop(): Promise<void> {
    await this.#worker?.stop();
    await this.#threads.close();
  }
}
