import { setTimeout as sleep } from 'node:timers/promises';
import { notLeader, timedOut, tooBusy } from './refusals.js';

/** What a server can be told to do wrong. */
export interface Misbehaviour {
  /** Takes calls and never answers them. */
  readonly hang: boolean;
  /** This share of writes is stored and answered with a time-out. */
  readonly timeoutAfterStoring: number;
  /** This share of writes is not stored and answered with a time-out. */
  readonly timeoutBeforeStoring: number;
  /** Writes are sent elsewhere. */
  readonly leader: { readonly host: string; readonly port: number } | null;
  readonly busy: boolean;
  /** Every call waits this long first, in milliseconds. */
  readonly slowMs: number;
  /** Subscriptions stay open and say nothing; those opened after a change to false speak again. */
  readonly silentSubscriptions: boolean;
  /** Answers to writes do not say where the events are. */
  readonly hidePositions: boolean;
  /** Around every event come checkpoints at the greatest position there is and at the beginning, as servers have sent. */
  readonly wildCheckpoints: boolean;
  /** When live readers are told that they fell behind, and for how long it stays that way. */
  readonly fallsBehind: 'never' | 'at every event' | 'until it behaves';
}

export const goodBehaviour: Misbehaviour = {
  hang: false,
  timeoutAfterStoring: 0,
  timeoutBeforeStoring: 0,
  leader: null,
  busy: false,
  slowMs: 0,
  silentSubscriptions: false,
  hidePositions: false,
  wildCheckpoints: false,
  fallsBehind: 'never',
};

const never = new Promise<never>(() => undefined);

/** Decides call by call what goes wrong. Shares are counted out, not drawn, so that a test sees the same every time. */
export class Conduct {
  now: Misbehaviour = goodBehaviour;
  #storedDebt = 0;
  #lostDebt = 0;

  /** Whether readers that fell behind stay there. */
  get isBehind(): boolean {
    return this.now.fallsBehind === 'until it behaves';
  }

  async beforeCall(): Promise<void> {
    if (this.now.hang) await never;
    if (this.now.slowMs > 0) await sleep(this.now.slowMs);
    if (this.now.busy) throw tooBusy();
  }

  async beforeWrite(): Promise<void> {
    await this.beforeCall();
    if (this.now.leader !== null) throw notLeader(this.now.leader.host, this.now.leader.port);
    this.#lostDebt += this.now.timeoutBeforeStoring;
    if (this.#lostDebt >= 1) {
      this.#lostDebt -= 1;
      throw timedOut();
    }
  }

  afterWrite(): void {
    this.#storedDebt += this.now.timeoutAfterStoring;
    if (this.#storedDebt >= 1) {
      this.#storedDebt -= 1;
      throw timedOut();
    }
  }
}
