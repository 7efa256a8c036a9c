import { Observable } from 'rxjs';
import { every, type Timer } from '../clock/timer.js';

/** Tells long answers that the key which asked for them has stopped opening. */
export abstract class KeyWatch {
  /** Emits once, within about half a second after this node could know, and completes. */
  abstract closed(keyId: string): Observable<void>;
}

const lookEveryMs = 250;

/** Looks at every watched key a few times a second, once for all who watch it. Idle while nobody does. */
export class KeySweep extends KeyWatch {
  private readonly watched = new Map<string, Set<() => void>>();
  private timer: Timer | null = null;

  constructor(
    private readonly isOpen: (keyId: string) => Promise<boolean>,
    private readonly onFailed: (cause: unknown) => void,
  ) {
    super();
  }

  closed(keyId: string): Observable<void> {
    return new Observable((subscriber) => {
      const tell = (): void => {
        subscriber.next();
        subscriber.complete();
      };
      const watchers = this.watched.get(keyId) ?? new Set();
      this.watched.set(keyId, watchers.add(tell));
      this.timer ??= every(lookEveryMs, () => {
        this.look();
      }).unref();
      return () => {
        watchers.delete(tell);
        if (watchers.size === 0 && this.watched.get(keyId) === watchers) this.watched.delete(keyId);
        if (this.watched.size > 0 || this.timer === null) return;
        this.timer.cancel();
        this.timer = null;
      };
    });
  }

  private look(): void {
    for (const [keyId, watchers] of this.watched)
      this.isOpen(keyId).then(
        (isOpen) => {
          if (!isOpen) for (const tell of [...watchers]) tell();
        },
        // Nobody can say; who holds the key keeps it until somebody can.
        this.onFailed,
      );
  }
}
