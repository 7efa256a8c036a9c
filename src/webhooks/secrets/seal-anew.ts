import { type Streams } from '../../engine/commands/streams.js';
import { type ProjectionProgress } from '../../engine/projector/projection-progress.js';
import { type Position } from '../../kernel/recorded.js';
import { type Ids } from '../../platform/ids/ids.js';
import { type Sealing, SealedWithOtherKey } from '../../platform/sealing/sealing.js';
import { KeepSealedAnew, type SealedAnew } from '../domain/webhook.commands.js';
import { type Webhook } from '../domain/webhook.state.js';
import { callbacksOf } from '../ids.js';
import { webhookStream } from '../domain/webhook.stream.js';
import { pause } from '../../platform/async/pause.js';
import { failpoint } from '../../platform/failpoints/failpoint.js';

/** Ids after one, in their order. */
export type IdPages = (after: string | null, most: number) => Promise<readonly string[]>;

export interface SealAnewReports {
  /** So many webhooks and clients have their secrets sealed with the key in force now. */
  sealedAnew(count: number): void;
  /** Nothing is left that an older key has sealed: it is not needed any more. */
  done(): void;
  /** What is secret of these can be opened by no key that was given. */
  lost(webhookIds: readonly string[]): void;
  failed(cause: unknown): void;
}

interface SealAnewParts {
  readonly sealing: Sealing;
  readonly streams: Streams;
  /** Place of the newest event. */
  readonly head: () => Promise<Position | null>;
  readonly progress: ProjectionProgress;
  readonly ids: Ids;
  readonly webhooks: IdPages;
  readonly clients: IdPages;
  readonly deleteKeyInDatabase: () => Promise<void>;
  readonly reports: SealAnewReports;
}

const pageSize = 200;
const maxReported = 20;
const maxWaitMs = 5_000;
const firstPauseMs = 2_000;
const maxPauseMs = 600_000;
const actor = 'process:sealing';

/**
 * Seals anew what older keys have sealed. It goes on looking for as long as an older key was given, because a node that has only that
 * one may go on sealing with it. Any number of nodes may do so at once.
 */
export class SealAnew {
  readonly #stop = new AbortController();
  #looping: Promise<void> | null = null;

  constructor(private readonly parts: SealAnewParts) {}

  start(): void {
    if (this.parts.sealing.mayMeetOlder) this.#looping ??= this.#loop();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#looping;
  }

  async #loop(): Promise<void> {
    let isDone = false;
    for (let pauseMs = firstPauseMs; !this.#stop.signal.aborted; pauseMs = Math.min(2 * pauseMs, maxPauseMs)) {
      try {
        const isClean = await this.pass();
        if (isClean && !isDone) this.parts.reports.done();
        isDone = isClean;
      } catch (cause) {
        this.parts.reports.failed(cause);
      }
      await pause(pauseMs, this.#stop.signal);
    }
  }

  /** Looks at everything once. True: all of it is sealed with the key in force, and so the key in the database is gone. */
  async pass(): Promise<boolean> {
    const { progress, reports, deleteKeyInDatabase } = this.parts;
    const head = await this.parts.head();
    // What the read models do not list yet would be left behind without its key.
    if (head !== null)
      for (const name of ['webhooks', 'clients']) if (!(await progress.waitFor(name, head, maxWaitMs))) return false;
    const lost: string[] = [];
    let count = 0;
    for await (const owners of this.#owners()) count += await this.#sealAnew(owners, lost);
    if (count > 0) reports.sealedAnew(count);
    if (lost.length > 0) reports.lost(lost.slice(0, maxReported));
    if (lost.length > 0 || this.#stop.signal.aborted) return false;
    await deleteKeyInDatabase();
    failpoint('sealing.key-deleted');
    return true;
  }

  async *#owners(): AsyncGenerator<readonly string[]> {
    yield* this.#pages(this.parts.webhooks);
    for await (const clients of this.#pages(this.parts.clients)) yield clients.map(callbacksOf);
  }

  async *#pages(pages: IdPages): AsyncGenerator<readonly string[]> {
    for (let after: string | null = null; !this.#stop.signal.aborted;) {
      const page: readonly string[] = await pages(after, pageSize);
      const last = page.at(-1);
      if (last === undefined) return;
      yield page;
      after = last;
    }
  }

  async #sealAnew(owners: readonly string[], lost: string[]): Promise<number> {
    const { streams, ids } = this.parts;
    const streamStates = await streams.loadAll(webhookStream, owners);
    const commands = owners.flatMap((owner, place) => {
      const secrets = this.#olderOf(owner, streamStates[place]?.state, lost);
      if (secrets.length === 0) return [];
      const cause = { commandId: ids.next(), actor, correlationId: null, causationId: null, traceparent: null };
      return [{ id: owner, command: new KeepSealedAnew(owner, secrets).because(cause) }];
    });
    if (commands.length === 0) return 0;
    failpoint('sealing.anew');
    for (const answer of await streams.decideOnMany(webhookStream, commands)) if (answer instanceof Error) throw answer;
    failpoint('sealing.sealed-anew');
    return commands.length;
  }

  /** The secrets of an owner that the key in force has not sealed, sealed by it. */
  #olderOf(owner: string, webhook: Webhook | undefined, lost: string[]): readonly SealedAnew[] {
    if (webhook?.state !== 'LIVE' && webhook?.state !== 'CALLBACKS') return [];
    const { sealing } = this.parts;
    return webhook.secrets.flatMap(({ sealed }, place) => {
      if (sealing.isCurrent(sealed)) return [];
      try {
        return [{ before: sealed, after: sealing.seal(sealing.open(sealed, owner), owner) }];
      } catch (cause) {
        if (!(cause instanceof SealedWithOtherKey)) throw cause;
        // One that was rotated away is used no more.
        if (place === 0) lost.push(owner);
        return [];
      }
    });
  }
}
