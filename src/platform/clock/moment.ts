/** A moment by both clocks of this machine: the one stands still while it sleeps, the other may be set. */
export interface Moment {
  readonly ran: number;
  readonly wall: number;
}

export const momentNow = (): Moment => ({ ran: performance.now(), wall: Date.now() });

/** How long ago it is at most, in milliseconds: by the clock that says more. */
export const ageOf = ({ ran, wall }: Moment): number => Math.max(performance.now() - ran, Date.now() - wall);
