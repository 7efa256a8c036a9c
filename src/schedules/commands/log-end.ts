import { type Position } from '../../kernel/recorded.js';

/** Where the log ends. */
export class LogEnd {
  /** `position` throws `StoreUnavailable`; null: the log is empty. */
  constructor(readonly position: () => Promise<Position | null>) {}
}
