/** Knows which requests run, and when no new ones are wanted. What never ends by itself listens to `signal`. */
export class Drain {
  private readonly controller = new AbortController();
  private running = 0;
  private onIdle: (() => void) | null = null;

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  get isDraining(): boolean {
    return this.controller.signal.aborted;
  }

  /** Requests under way. */
  get count(): number {
    return this.running;
  }

  begin(): void {
    this.controller.abort();
  }

  entered(): void {
    this.running += 1;
  }

  left(): void {
    this.running -= 1;
    if (this.running === 0) this.onIdle?.();
  }

  /** Resolves when nothing runs any more, or when the time is up; says which. */
  async idle(withinMs: number): Promise<boolean> {
    if (this.running === 0) return true;
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.onIdle = null;
        resolve(false);
      }, withinMs);
      this.onIdle = () => {
        clearTimeout(timer);
        this.onIdle = null;
        resolve(true);
      };
    });
  }
}
