import { type Decision } from '../../engine/followers/follower.js';
import { type ParkedDecisions } from '../../engine/followers/parked-decisions.js';
import { type ParkedPlace, type ParkedStreams } from '../../engine/followers/parked-streams.js';
import { RequestNotFound } from '../../platform/http/http.refusals.js';
import { type EngineFacts } from './engine-facts.js';
import {
  type ParkedDecisionAnswer,
  parkedDecisionAnswer,
  type ParkedStreamAnswer,
  parkedStreamAnswer,
} from './parked-stream.response.js';

/** A page of them, and where the next one begins. */
interface ParkedStreamRows {
  readonly items: readonly ParkedStreamAnswer[];
  readonly next: ParkedPlace | null;
}

/** A page of decisions, newest first, and before which one the next page begins. */
interface ParkedDecisionRows {
  readonly items: readonly ParkedDecisionAnswer[];
  readonly next: bigint | null;
}

/** Parked streams of the followers that this release knows. Throws `RequestNotFound` for any other name. */
export class FollowerParkedStreams {
  constructor(
    private readonly streams: ParkedStreams,
    private readonly decisions: ParkedDecisions,
    private readonly facts: Pick<EngineFacts, 'followers'>,
  ) {}

  async page(follower: string, after: ParkedPlace | null, limit: number): Promise<ParkedStreamRows> {
    this.#known(follower);
    const found = await this.streams.page(follower, after, limit + 1);
    const page = found.slice(0, limit);
    return { items: page.map(parkedStreamAnswer), next: found.length > limit ? (page.at(-1) ?? null) : null };
  }

  async decisionsOf(follower: string, before: bigint | null, limit: number): Promise<ParkedDecisionRows> {
    this.#known(follower);
    const found = await this.decisions.page(follower, before, limit + 1);
    const page = found.slice(0, limit);
    return {
      items: page.map(parkedDecisionAnswer),
      next: found.length > limit ? (page.at(-1)?.decisionId ?? null) : null,
    };
  }

  async decide(
    follower: string,
    stream: string,
    decision: Decision,
    eventId: string | null = null,
  ): Promise<ParkedStreamAnswer> {
    this.#known(follower);
    const decided = await this.streams.decide({ follower, stream }, decision, eventId);
    if (decided !== null) return parkedStreamAnswer(decided);
    const where = eventId === null ? '' : ` behind event ${eventId}`;
    throw new RequestNotFound(`No stream ${stream} is parked for ${follower}${where}; nothing was changed.`);
  }

  #known(follower: string): void {
    if (this.facts.followers.some(({ name }) => name === follower)) return;
    const names = this.facts.followers.map(({ name }) => name).join(', ');
    throw new RequestNotFound(`No projection or saga is called ${follower}; there are ${names}.`);
  }
}
