import { type JobCommand, type RecordProgress, type SubmitJob } from '../../src/jobs/domain/job.commands.js';

/** What a command is expected to bring about: the names of its events, or a refusal. */
export type Expected = readonly string[] | 'refused';

/**
 * A job in as few words as possible, written without a look at the decider: one mutable record and a rule a command.
 * It foretells which events come, not what they carry.
 */
export class ModelJob {
  state = 'NONE';
  attempt = 0;
  charged = 0;
  lease: string | null = null;
  leases = 0;
  leaseIsOverAt = 0;
  attemptIsOverAt = 0;
  retryAt: number | null = null;
  #asked: SubmitJob | null = null;
  #spent: { lease: string; how: string } | null = null;
  #lost = 0;
  #interrupted = 0;
  #leaseMs = 0;
  #retryIsDueAt = -Infinity;
  #queuedUntil = Infinity;
  #wholeUntil = Infinity;
  #shown: { percent: number | null; message: string | null; at: number } | null = null;

  tell(command: JobCommand, at: number): Expected {
    switch (command.type) {
      case 'SubmitJob':
        if (this.#asked !== null) return this.#isRepeatOf(command) ? [] : 'refused';
        this.#asked = command;
        this.state = 'CREATED';
        return command.definition.jobType === 'DEFERRED' ? ['JobCreated'] : ['JobCreated', ...this.#queue(1, at)];
      case 'QueueDueJob':
        return this.state === 'CREATED' && at >= this.#dueAt ? this.#queue(1, at) : [];
      case 'LeaseJob':
        if (this.lease === command.leaseId) return [];
        if (this.state !== 'QUEUED' || at < this.#dueAt || at >= this.#queuedUntil) return 'refused';
        if (this.#spent?.lease === command.leaseId) return 'refused';
        this.state = 'ASSIGNED';
        this.lease = command.leaseId;
        this.leases += 1;
        this.#leaseMs = command.leaseMs;
        this.leaseIsOverAt = at + command.leaseMs;
        return command.start ? ['JobAssigned', ...this.#start(at)] : ['JobAssigned'];
      case 'StartJob':
        return this.lease === command.leaseId ? this.#start(at) : 'refused';
      case 'ReportProgress':
        return this.lease === command.leaseId ? this.#show(command.percent, command.message, at) : 'refused';
      case 'RecordProgress':
        return this.lease === command.leaseId ? this.#showLater(command, at) : [];
      case 'CompleteJob':
        if (this.#hasSpent(command.leaseId, 'completed')) return [];
        if (this.lease !== command.leaseId) return 'refused';
        return [...this.#start(at), ...this.#end('SUCCEEDED', 'completed', 'JobSucceeded')];
      case 'FailJob':
        if (this.#hasSpent(command.leaseId, 'failed')) return [];
        if (this.lease !== command.leaseId) return 'refused';
        return [...this.#start(at), ...this.#fail('failed', command.retryable, at)];
      case 'ReleaseJob':
        if (this.#hasSpent(command.leaseId, 'released')) return [];
        if (this.lease !== command.leaseId) return 'refused';
        return this.state === 'ASSIGNED' ? this.#giveBack('released', at) : this.#fail('released', true, at);
      case 'WithdrawLease':
        if (this.lease !== command.leaseId) return [];
        return this.state === 'ASSIGNED' ? this.#giveBack('released', at) : this.#undo(at);
      case 'ExpireLease':
        if (this.lease !== command.leaseId || at < this.leaseIsOverAt) return [];
        if (this.state === 'ASSIGNED') return this.#giveBack('expired', at);
        return this.#fail(at >= this.attemptIsOverAt ? 'expired' : 'lost', true, at);
      case 'QueueRetry':
        if (this.retryAt === null || at < this.retryAt || command.attempt !== this.attempt + 1) return [];
        return this.#queueOrEnd(this.attempt + 1, at);
      case 'RetryJob':
        if (['QUEUED', 'ASSIGNED', 'RUNNING'].includes(this.state)) return [];
        if (this.state !== 'FAILED' || at >= this.#wholeUntil) return 'refused';
        if (this.charged >= this.#maxAttempts && !command.force) return 'refused';
        if (this.retryAt === null) this.#lost = this.#interrupted = 0;
        return this.#queue(this.attempt + 1, at);
      case 'CancelJob':
        if (this.state === 'NONE') return 'refused';
        if (this.retryAt !== null) return [...this.#queue(this.attempt + 1, at), ...this.#cancel()];
        return ['SUCCEEDED', 'FAILED', 'CANCELED'].includes(this.state) ? [] : this.#cancel();
      case 'ExpireQueueTime':
        return this.state === 'QUEUED' && command.attempt === this.attempt && at >= this.#queuedUntil
          ? this.#cancel()
          : [];
      case 'ExpireTotalTime':
        return ['QUEUED', 'ASSIGNED', 'RUNNING'].includes(this.state) && at >= this.#wholeUntil ? this.#cancel() : [];
    }
  }

  get lastLease(): string | null {
    return this.#spent?.lease ?? null;
  }

  get #dueAt(): number {
    return Math.max(this.#asked?.definition.executionAt ?? -Infinity, this.#retryIsDueAt);
  }

  get #maxAttempts(): number {
    return this.#asked?.definition.retry.maxAttempts ?? 0;
  }

  #isRepeatOf({ fingerprint }: SubmitJob): boolean {
    return this.#asked?.fingerprint === fingerprint;
  }

  #hasSpent(lease: string, how: string): boolean {
    return this.#spent?.lease === lease && this.#spent.how === how;
  }

  #queue(attempt: number, at: number): readonly string[] {
    const { queueMs, totalMs } = this.#asked?.definition.timeouts ?? { queueMs: null, totalMs: null };
    if (this.attempt === 0) this.#wholeUntil = at + (totalMs ?? Infinity);
    this.#queuedUntil = Math.min(at + (queueMs ?? Infinity), this.#wholeUntil);
    if (attempt !== this.attempt)
      this.#retryIsDueAt = this.retryAt !== null && at >= this.retryAt ? this.retryAt : -Infinity;
    this.state = 'QUEUED';
    this.attempt = attempt;
    this.retryAt = null;
    return ['JobQueued'];
  }

  #queueOrEnd(attempt: number, at: number): readonly string[] {
    return at >= this.#wholeUntil ? [...this.#queue(attempt, at), ...this.#cancel()] : this.#queue(attempt, at);
  }

  #start(at: number): readonly string[] {
    if (this.state !== 'ASSIGNED') return [];
    this.state = 'RUNNING';
    this.#shown = null;
    this.attemptIsOverAt = at + (this.#asked?.definition.timeouts.executionMs ?? 0);
    this.leaseIsOverAt = Math.min(at + this.#leaseMs, this.attemptIsOverAt);
    return ['JobStarted'];
  }

  #show(percent: number | null, message: string | null, at: number): readonly string[] {
    if (this.state !== 'RUNNING') return [];
    const before = this.#shown ?? { percent: null, message: null, at: -Infinity };
    if (before.percent === percent && before.message === message) return [];
    // A step that is stamped ahead by a second is no newer one: the clock was set back.
    if (Math.abs(at - before.at) < 1_000 && (percent !== 100 || before.percent === 100)) return [];
    this.#shown = { percent, message, at };
    return ['JobProgressed'];
  }

  #showLater({ percent, message, after }: RecordProgress, at: number): readonly string[] {
    if (this.state !== 'RUNNING' || this.#shown?.at !== after) return [];
    if (this.#shown.percent === percent && this.#shown.message === message) return [];
    this.#shown = { percent, message, at };
    return ['JobProgressed'];
  }

  #giveBack(how: string, at: number): readonly string[] {
    this.#spend(how);
    return this.#queueOrEnd(this.attempt, at);
  }

  #fail(how: string, retryable: boolean, at: number): readonly string[] {
    this.#lost = how === 'lost' ? this.#lost + 1 : 0;
    this.#interrupted = how === 'released' ? this.#interrupted + 1 : 0;
    const free = how === 'released' && this.#interrupted <= 10;
    if (!free) this.charged += 1;
    const failed = this.#end('FAILED', how, 'JobFailed');
    if (!retryable) return failed;
    if (this.#lost >= 3 || (!free && this.charged >= this.#maxAttempts)) return [...failed, 'JobRetriesExhausted'];
    if (free) return [...failed, ...this.#queueOrEnd(this.attempt + 1, at)];
    this.retryAt = Infinity;
    return [...failed, 'JobRetryScheduled'];
  }

  /** An attempt that no worker was given: free for ever, and no part of any row. */
  #undo(at: number): readonly string[] {
    return [...this.#end('FAILED', 'released', 'JobFailed'), ...this.#queueOrEnd(this.attempt + 1, at)];
  }

  #cancel(): readonly string[] {
    return this.#end('CANCELED', 'canceled', 'JobCanceled');
  }

  #end(state: string, how: string, event: string): readonly string[] {
    this.#spend(how);
    this.state = state;
    return [event];
  }

  #spend(how: string): void {
    if (this.lease !== null) this.#spent = { lease: this.lease, how };
    this.lease = null;
  }
}
