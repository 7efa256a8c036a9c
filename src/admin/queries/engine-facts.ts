import { type KnownFollower } from './follower-report.js';

/** What a process knows of itself and its release. A class, so that it can be asked for by name. */
export class EngineFacts {
  constructor(
    readonly roles: readonly string[],
    readonly store: 'eventstoredb' | 'postgres' | 'embedded',
    readonly followers: readonly KnownFollower[],
    /** How far this machine's clock is ahead of the time that decides. */
    readonly clockSkewMs: () => number,
  ) {}
}
