import { type EventStore } from '../../engine/event-store/event-store.port.js';
import { FirstUnseen } from '../../engine/event-store/first-unseen.js';
import { type Instant } from '../../kernel/instant.js';
import { type Position } from '../../kernel/recorded.js';
import { type EngineFacts } from './engine-facts.js';
import { type EngineTables } from './engine-tables.js';
import { type FollowerReport, type KnownFollower, reportOn } from './follower-report.js';

/** How every follower stands, by what they wrote down, so that it does not matter which process runs them. */
export class FollowerReports {
  readonly #firstUnseen: FirstUnseen;

  constructor(
    private readonly tables: EngineTables,
    private readonly store: Pick<EventStore, 'head' | 'lookOn'>,
    private readonly facts: Pick<EngineFacts, 'store' | 'followers'>,
  ) {
    this.#firstUnseen = new FirstUnseen(store);
  }

  async all(now: Instant): Promise<readonly { readonly follower: KnownFollower; readonly report: FollowerReport }[]> {
    // Before the checkpoints, so that none of them is ahead of it for no reason.
    const head = await this.store.head();
    const [checkpoints, parked] = await Promise.all([this.tables.checkpoints(), this.tables.parked()]);
    const unseen = new Map<Position | null, Promise<Instant | null>>();
    const log = { head, countsEvents: this.facts.store !== 'eventstoredb' };
    return await Promise.all(
      this.facts.followers.map(async (follower) => {
        const checkpoint = checkpoints.get(follower.name);
        const position = checkpoint?.position ?? null;
        const isBehind = head !== null && (position === null || position < head);
        let since: Promise<Instant | null> = Promise.resolve(null);
        if (isBehind) {
          since = unseen.get(position) ?? this.#firstUnseen.since(follower.name, position);
          unseen.set(position, since);
        }
        return { follower, report: reportOn(follower, checkpoint, log, parked, await since, now) };
      }),
    );
  }
}
