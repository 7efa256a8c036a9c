import { allOrFirstError } from '../../platform/async/all-or-first-error.js';
import { pause } from '../../platform/async/pause.js';
import { Random } from '../plan/random.js';
import { type ReceiverName } from '../receivers/receivers.js';
import { type Secrets } from '../receivers/secrets.js';
import { called } from '../records/call.js';
import { type Tenant } from '../target/tenants.js';
import { type Stage } from './stage.js';

const beforeFirstMs = [500, 2_000] as const;
const betweenMs = [15_000, 60_000] as const;
/** An engine keeps so many secrets at most, and a receiver tries all that it knows. */
const maxRotations = 6;

/** What signs the requests to one receiver. */
export interface Signing {
  readonly receiver: ReceiverName;
  /** A webhook, or `callbacks`. */
  readonly id: string;
  readonly secrets: Secrets;
}

/** Has the secrets of a client's receivers replaced by new ones, early in a run and now and then afterwards. */
export class Rotator {
  constructor(
    private readonly tenant: Tenant,
    private readonly signings: readonly Signing[],
    private readonly stage: Stage,
  ) {}

  async run(signal: AbortSignal): Promise<void> {
    await allOrFirstError(this.signings.map((signing) => this.#rotate(signing, signal)));
  }

  async #rotate({ receiver, id, secrets }: Signing, signal: AbortSignal): Promise<void> {
    const { client, clientId, index } = this.tenant;
    const { seed, clock, recorder } = this.stage;
    const random = new Random(seed, `rotations at the ${receiver} receiver of client ${index}`);
    for (let count = 0; count < maxRotations; count += 1) {
      await pause(count === 0 ? random.between(...beforeFirstMs) : random.between(...betweenMs), signal);
      if (signal.aborted) return;
      const { answer, ...how } = await called(clock, 200, () => client.webhooks.rotateSecret(id));
      const secret = answer === null ? null : secrets.add(answer.secret);
      recorder.add({ kind: 'rotate', clientId, ...how, receiver, secret });
    }
  }
}
