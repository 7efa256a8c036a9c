import { type Instant } from '../../kernel/instant.js';
import { Refusal } from '../../kernel/refusal.js';
import { type Clock } from '../../platform/clock/clock.js';

type FreshCacheLimits = Readonly<{
  /** No answer is older than this, counted from before its question was asked. */
  freshMs: number;
  /** The same for the answer that there is none; as `freshMs` when left out. */
  missingFreshMs?: number;
  maxFound: number;
  maxMissing: number;
  /** Questions that wait for an answer; more are turned away. */
  maxWaiting: number;
}>;

export type Ask<Value> = (ids: readonly string[]) => Promise<ReadonlyMap<string, Value>>;

export class TooManyQuestions extends Refusal {
  readonly kind = 'unavailable';
  readonly code = 'RFA_STORAGE_UNAVAILABLE';
  override readonly retryAfterMs = 1_000;
  constructor() {
    super('Too many API keys are being looked up at once; try again.');
  }
}

type Answer<Value> = Readonly<{ value: Value | null; askedAt: Instant }>;

type Waiting<Value> = Readonly<{
  answer: Promise<Value | null>;
  resolve: (value: Value | null) => void;
  reject: (cause: unknown) => void;
}>;

/**
 * Remembers answers for a moment, also the answer that there is none. One question is under way at a time: those that
 * arrive meanwhile travel together in the next, so that a flood of unknown ids costs the store no more than one of them.
 */
export class FreshCache<Value> {
  // Strangers' guesses must not push out the keys in use, so the two kinds of answer have a bound each.
  readonly #found = new Map<string, Answer<Value>>();
  readonly #missing = new Map<string, Answer<Value>>();
  readonly #waiting = new Map<string, Waiting<Value>>();
  #unasked = new Map<string, Waiting<Value>>();
  #asking = false;

  constructor(
    private readonly ask: Ask<Value>,
    private readonly clock: Clock,
    private readonly limits: FreshCacheLimits,
    private readonly onRefreshFailed: (cause: unknown) => void,
  ) {}

  async get(id: string): Promise<Value | null> {
    const known = this.#found.get(id) ?? this.#missing.get(id);
    const age = known === undefined ? Infinity : this.clock.now() - known.askedAt;
    // A clock that was set back makes an age negative; such an answer is as good as none.
    const { freshMs, missingFreshMs = freshMs } = this.limits;
    if (known === undefined || age < 0 || age >= (known.value === null ? missingFreshMs : freshMs))
      return this.#look(id);
    if (known.value !== null && age >= freshMs / 2) this.#refresh(id);
    return known.value;
  }

  /** The same for every id. */
  forgetAll(): void {
    for (const id of [...this.#found.keys(), ...this.#missing.keys(), ...this.#waiting.keys()]) this.forget(id);
  }

  /** What is answered about this id from now on was asked from now on, also where an answer is on its way. */
  forget(id: string): void {
    this.#found.delete(id);
    this.#missing.delete(id);
    // A question that has not left yet will be answered with what is true by then.
    if (!this.#unasked.has(id)) this.#waiting.delete(id);
  }

  get size(): { readonly found: number; readonly missing: number } {
    return { found: this.#found.size, missing: this.#missing.size };
  }

  /** Asks while the old answer is still good, so that a key in steady use never waits. */
  #refresh(id: string): void {
    if (this.#waiting.has(id) || this.#waiting.size >= this.limits.maxWaiting) return;
    this.#look(id).catch(this.onRefreshFailed);
  }

  #look(id: string): Promise<Value | null> {
    const waiting = this.#waiting.get(id);
    if (waiting !== undefined) return waiting.answer;
    if (this.#waiting.size >= this.limits.maxWaiting) return Promise.reject(new TooManyQuestions());
    const question = newQuestion<Value>();
    this.#waiting.set(id, question);
    this.#unasked.set(id, question);
    if (!this.#asking) void this.#askAll();
    return question.answer;
  }

  async #askAll(): Promise<void> {
    this.#asking = true;
    while (this.#unasked.size > 0) {
      const questions = this.#unasked;
      this.#unasked = new Map();
      const askedAt = this.clock.now();
      try {
        const answers = await this.ask([...questions.keys()]);
        for (const [id, question] of questions) this.#settle(id, question, { value: answers.get(id) ?? null, askedAt });
      } catch (cause) {
        for (const [id, question] of questions) {
          if (this.#waiting.get(id) === question) this.#waiting.delete(id);
          question.reject(cause);
        }
      }
    }
    this.#asking = false;
  }

  #settle(id: string, question: Waiting<Value>, answer: Answer<Value>): void {
    // Forgotten while it was under way: it may hold what was true before.
    if (this.#waiting.get(id) !== question) {
      this.#look(id).then(question.resolve, question.reject);
      return;
    }
    question.resolve(answer.value);
    this.#waiting.delete(id);
    this.#found.delete(id);
    this.#missing.delete(id);
    if (answer.value === null) keep(this.#missing, id, answer, this.limits.maxMissing);
    else keep(this.#found, id, answer, this.limits.maxFound);
  }
}

function newQuestion<Value>(): Waiting<Value> {
  let resolve: Waiting<Value>['resolve'] | undefined;
  let reject: Waiting<Value>['reject'] | undefined;
  const answer = new Promise<Value | null>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  if (resolve === undefined || reject === undefined) throw new TypeError('a promise runs its executor at once');
  return { answer, resolve, reject };
}

/** Answers in use are asked anew all the time, so the first in the map is the one least wanted. */
function keep<Value>(answers: Map<string, Answer<Value>>, id: string, answer: Answer<Value>, most: number): void {
  answers.set(id, answer);
  for (const oldest of answers.keys()) {
    if (answers.size <= most) return;
    answers.delete(oldest);
  }
}
