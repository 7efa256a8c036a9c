import { Cron } from 'croner';
import type { Instant } from '../../kernel/instant.js';

/** The local times a cron expression names, on a wall whose clock is never changed: written as if they were UTC. */
export class WallPattern {
  /** Whether neither minute nor hour has a wildcard or a step: such a job means a time of day, any other an interval. */
  readonly isFixed: boolean;
  private readonly cron: Cron;

  /** Throws where croner does. */
  constructor(expression: string) {
    const fields = fieldsOf(expression);
    this.isFixed = fields.slice(-5, -3).every((field) => !/[*/]/.test(field));
    this.cron = new Cron(fields.join(' '), { utcOffset: 0, mode: '5-or-6-parts' });
  }

  /** The first local time that is not before this one; null when there is none. */
  firstFrom(wall: Instant): Instant | null {
    const second = Math.ceil(wall / 1000) * 1000;
    return this.cron.nextRun(new Date(second - 1000))?.getTime() ?? null;
  }
}

export const fieldsOf = (expression: string): readonly string[] => expression.trim().split(/\s+/);
