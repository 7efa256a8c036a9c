import { pause } from '../../platform/async/pause.js';
import { Random } from '../plan/random.js';
import { type AnsweredItem, called, type Called, calledIn } from '../records/call.js';
import { type Tenant } from '../target/tenants.js';
import { type PropertyBoard } from './property-board.js';
import { shownIn } from './shown-in.js';
import { type Stage } from './stage.js';
import { filledIn, type Trespass, trespasses } from './trespasses.js';

const betweenMs = [100, 400] as const;

/** Tries to read and to change what belongs to others, by every route, over and over again. */
export class Trespasser {
  /** Those that had no answer yet that says something. */
  readonly #untried = new Set(trespasses);

  constructor(
    private readonly tenant: Tenant,
    private readonly board: PropertyBoard,
    private readonly stage: Stage,
  ) {}

  async run(signal: AbortSignal): Promise<void> {
    const random = new Random(this.stage.seed, `trespasses of client ${this.tenant.index}`);
    // Each of them comes once before any comes again.
    const turns = random.shuffled(trespasses);
    for (;;) {
      await pause(random.between(...betweenMs), signal);
      const trespass = turns.shift();
      if (signal.aborted || trespass === undefined) return;
      turns.push(trespass);
      await this.#try(trespass, random);
    }
  }

  /** Tries what had no turn yet, or nothing to aim at: a short run has every route in it, too. */
  async finish(signal: AbortSignal): Promise<void> {
    const random = new Random(this.stage.seed, `last trespasses of client ${this.tenant.index}`);
    for (const trespass of [...this.#untried]) {
      if (signal.aborted) return;
      await this.#try(trespass, random);
    }
  }

  async #try(trespass: Trespass, random: Random): Promise<void> {
    const { method, path, body, ...rest } = trespass;
    const { index, clientId, http } = this.tenant;
    const foreign = this.board.foreignTo(index);
    const other = foreign[random.between(0, foreign.length - 1)];
    if (other === undefined) return;
    const { clock, recorder } = this.stage;
    const own = this.board.of(index);
    const [filledPath, filledBody] = [filledIn(path, other, own), filledIn(body ?? '', other, own)];
    if (filledPath === null || filledBody === null) return;
    const bodyText = body === null ? {} : { bodyText: filledBody };
    const request = { method, path: filledPath, ...bodyText, maxRetries: 0 };
    const call = await called(clock, 200, async () => (await http.send(request)).text);
    const end = endOf(call, rest.isBatch);
    if (end.outcome !== 'unknown') this.#untried.delete(trespass);
    recorder.add({
      kind: 'trespass',
      clientId,
      ...end,
      call: `${method} ${path}`,
      at: filledPath,
      isToUnknown: rest.isToUnknown,
      shown: shownIn(call.answer ?? ''),
    });
  }
}

function endOf(call: Called<string>, isBatch: boolean): Omit<Called<string>, 'answer'> {
  const { answer, ...how } = call;
  return isBatch ? calledIn(call, firstItemIn(answer ?? '{}')) : how;
}

const firstItemIn = (text: string): AnsweredItem | undefined =>
  (JSON.parse(text) as { readonly items?: readonly AnsweredItem[] }).items?.[0];
