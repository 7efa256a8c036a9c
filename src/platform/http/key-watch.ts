import { Observable } from 'rxjs';
import { every, type Timer } from '../clock/timer.js';

/** Notifies long answers when the key that asked for them is no longer in force. */
export abstract class KeyWatch {
  /** Emits once, within about half a second after this node could know, and completes. */
  abstract closed(keyId: string): Observable<void>;

  /** Whether this node knows now which keys are in force; without it no call that needs one is carried out. */
  abstract get isConfirmed(): boolean;
}

export interface RevocationPollerParts {
  readonly isOpen: (keyId: string) => Promise<boolean>;
  readonly isConfirmed: () => boolean;
  /** Ids of keys whose end need not be looked for. */
  readonly revoked: Observable<string>;
  readonly failed: (cause: unknown) => void;
}

const lookEveryMs = 250;

/** Looks at every watched key a few times a second, once for all who watch it. Idle while none is watched. */
export class RevocationPoller extends KeyWatch {
  readonly #watched = new Map<string, Set<() => void>>();
  #timer: Timer | null = null;

  constructor(private readonly parts: RevocationPollerParts) {
    super();
    parts.revoked.subscribe((keyId) => {
      for (const notify of [...(this.#watched.get(keyId) ?? [])]) notify();
    });
  }

  get isConfirmed(): boolean {
    return this.parts.isConfirmed();
  }

  closed(keyId: string): Observable<void> {
    return new Observable((subscriber) => {
      const notify = (): void => {
        subscriber.next();
        subscriber.complete();
      };
      const watchers = this.#watched.get(keyId) ?? new Set();
      this.#watched.set(keyId, watchers.add(notify));
      this.#timer ??= every(lookEveryMs, () => {
        this.#look();
      }).unref();
      return () => {
        watchers.delete(notify);
        if (watchers.size === 0 && this.#watched.get(keyId) === watchers) this.#watched.delete(keyId);
        if (this.#watched.size > 0 || this.#timer === null) return;
        this.#timer.cancel();
        this.#timer = null;
      };
    });
  }

  #look(): void {
    for (const [keyId, watchers] of this.#watched)
      this.parts.isOpen(keyId).then(
        (isOpen) => {
          if (!isOpen) for (const notify of [...watchers]) notify();
        },
        // Not known now: the key counts as in force until a look succeeds.
        this.parts.failed,
      );
  }
}
