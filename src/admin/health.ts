import { asError } from '../platform/async/as-error.js';
import { afterProcessTime } from '../platform/clock/process-time.js';

interface PartReport {
  /** `degraded`: worth a look, and nothing that another node could do better. */
  readonly status: 'ok' | 'degraded' | 'failing';
  readonly reason?: string;
}

export interface HealthReport {
  readonly status: 'ready' | 'not_ready';
  readonly parts: Readonly<Record<string, PartReport>>;
}

/** Null when the part is well; otherwise what is wrong with it. */
type Check = () => Promise<string | null>;

type Severity = 'degraded' | 'failing';

/** A probe is answered within two seconds, and the way to it takes its time on a busy machine. */
const maxCheckMs = 1500;

/** Asks every part of this process how it is, each within a bounded time. */
export class Health {
  readonly #checks = new Map<string, { readonly check: Check; readonly severity: Severity }>();

  add(part: string, check: Check, severity: Severity = 'failing'): void {
    this.#checks.set(part, { check, severity });
  }

  async report(): Promise<HealthReport> {
    const parts = await Promise.all(
      [...this.#checks].map(async ([part, { check, severity }]): Promise<[string, PartReport]> => {
        const reason = await reasonOf(check);
        return [part, reason === null ? { status: 'ok' } : { status: severity, reason }];
      }),
    );
    const isReady = parts.every(([, { status }]) => status !== 'failing');
    return { status: isReady ? 'ready' : 'not_ready', parts: Object.fromEntries(parts) };
  }
}

/** Counts in the time that this process has had, unlike other limits: a starved node takes no part for one that is silent. */
async function reasonOf(check: Check): Promise<string | null> {
  let takeBack = (): void => undefined;
  const tooLong = new Promise<string>((resolve) => {
    const said = `gave no answer within ${maxCheckMs} ms`;
    takeBack = afterProcessTime(
      maxCheckMs,
      () => {
        resolve(said);
      },
      250,
    );
  });
  try {
    return await Promise.race([check(), tooLong]);
  } catch (error) {
    return asError(error).message;
  } finally {
    takeBack();
  }
}
