import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { positionFrom } from '../../src/engine/event-store/eventstoredb/position.codec.js';
import { answered } from '../chaos/engine.fixture.js';
import { type Api } from '../support/api.js';
import { LogFile } from '../support/eventstoredb/log-file.js';
import { type ServerOrder } from '../support/eventstoredb/server-main.js';
import { type LoggedEvent } from '../support/history-checker.js';
import { spawnTs, type TsProcess } from '../support/spawn-ts.js';

/** A server of EventStoreDB as a process of its own, on a file and a port that outlive it. */
export class ServerProcess {
  #process: TsProcess | null = null;
  #port = 0;

  private constructor(
    private readonly folder: string,
    private readonly conduct: NonNullable<ServerOrder['misbehave']>,
  ) {}

  static async start(conduct: NonNullable<ServerOrder['misbehave']> = {}): Promise<ServerProcess> {
    const server = new ServerProcess(await mkdtemp(join(tmpdir(), 'eventstoredb-chaos-')), conduct);
    await server.begin();
    return server;
  }

  get connectionString(): string {
    return `esdb://127.0.0.1:${this.#port}?tls=false`;
  }

  async begin(): Promise<void> {
    const begun = spawnTs('test/support/eventstoredb/server-main.ts', [this.#file, String(this.#port)]);
    this.#process = begun;
    const { port } = JSON.parse(await begun.line()) as { port: number };
    this.#port = port;
    begun.say(JSON.stringify({ misbehave: this.conduct } satisfies ServerOrder));
  }

  signal(signal: NodeJS.Signals): void {
    this.#process?.child.kill(signal);
  }

  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.#process?.ended;
  }

  /** Ends it and takes its log away. */
  async end(): Promise<void> {
    await this.kill();
    await rm(this.folder, { recursive: true });
  }

  /** The whole log as it lies in the file, without the server's own events. */
  events(): LoggedEvent[] {
    const file = LogFile.open(this.#file);
    file.close();
    return file.records
      .filter(({ stream }) => !stream.startsWith('$'))
      .map((record) => ({
        position: positionFrom(record),
        stream: record.stream,
        revision: Number(record.revision),
        eventId: record.id,
        type: record.type,
        data: parsed(record.data) as LoggedEvent['data'],
        at: (parsed(record.metadata) as { at: number }).at,
        written: { data: textOf(record.data), metadata: textOf(record.metadata) },
      }));
  }

  get #file(): string {
    return join(this.folder, 'log.jsonl');
  }
}

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');
const parsed = (bytes: Uint8Array): unknown => JSON.parse(textOf(bytes));

/** Memory of a process that is not swapped out, in MiB. */
export function residentMb(pid: number): number {
  const [, kilobytes = '0'] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) / 1024;
}

interface Submitted {
  readonly job_id: string;
  readonly code?: string;
}

interface Leased {
  readonly leases: readonly { readonly lease_id: string; readonly job_id: string }[];
}

/** Whether the answer shows a job that has ended. */
export const hasOutcome = ({ body }: { readonly body: { readonly outcome?: string | null } }): boolean =>
  typeof body.outcome === 'string';

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));
const retry = { max_attempts: 25, backoff_base_ms: 50, backoff_max_ms: 500 };

/** Clients that submit and workers that run; whatever they get no answer to they send again. */
export class Load {
  /** Jobs whose submit was answered with success. */
  readonly submitted = new Set<string>();
  /** Leases whose completion was, with their jobs. */
  readonly completed = new Map<string, string>();
  readonly #enough = new AbortController();
  readonly #over = new AbortController();
  readonly #clients: readonly Promise<void>[];
  readonly #workers: readonly Promise<void>[];

  constructor(
    private readonly api: Api,
    size: { readonly clients: number; readonly workers: number },
  ) {
    this.#clients = Array.from({ length: size.clients }, (_, n) => this.#submit(n));
    this.#workers = Array.from({ length: size.workers }, (_, n) => this.#work(n));
  }

  /** No more submits; every one that was begun is answered when this resolves. */
  async stopSubmitting(): Promise<void> {
    this.#enough.abort();
    await Promise.all(this.#clients);
  }

  async stopWorking(): Promise<void> {
    this.#over.abort();
    await Promise.all(this.#workers);
  }

  async #submit(client: number): Promise<void> {
    const kinds = ['SUCCESS_FAST', 'chaos.work', 'RETRY_ON_FAIL', 'PAYLOAD_SMALL', 'chaos.work', 'SCHEDULED_ON_TIME'];
    for (let n = 0; !this.#enough.signal.aborted; n += 1) {
      const work_kind = kinds[n % kinds.length] ?? '';
      const soon = { type: 'DEFERRED', execution_at: new Date(Date.now() + 700).toISOString() };
      const timing = work_kind === 'SCHEDULED_ON_TIME' ? soon : { type: 'EXECUTE' };
      const body = { ...timing, work_kind, retry, idempotency_key: `${client}-${n}` };
      const answer = await answered(() => this.api.post<Submitted>('/v1/jobs', body), this.#over.signal);
      if (answer === null) return;
      if (answer.status === 202) this.submitted.add(answer.body.job_id);
      // A time that had come before the server was back.
      else if (answer.body.code !== 'RFA_JOB_VALIDATION_FAILED')
        throw new Error(`a submit was answered with ${answer.status} ${answer.text}`);
      await turn();
    }
  }

  async #work(worker: number): Promise<void> {
    const asked = { worker_id: `chaos-${worker}`, work_kinds: ['chaos.work'], max_jobs: 10, wait_ms: 500, start: true };
    while (!this.#over.signal.aborted) {
      const answer = await answered(() => this.api.post<Leased>('/v1/leases', asked), this.#over.signal);
      if (answer?.status !== 200) continue;
      for (const { lease_id, job_id } of answer.body.leases) {
        const complete = `/v1/leases/${lease_id}/complete`;
        const done = await answered(() => this.api.post(complete, { result: 1 }), this.#over.signal);
        if (done?.status === 200) this.completed.set(lease_id, job_id);
        // 409: the lease ran out while the server was away, and another worker has the job now.
        else if (done !== null && done.status !== 409)
          throw new Error(`a completion was answered with ${done.status} ${done.text}`);
      }
    }
  }
}
