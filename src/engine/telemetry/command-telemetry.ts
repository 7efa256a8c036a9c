import { Refusal } from '../../kernel/refusal.js';
import { type Clock } from '../../platform/clock/clock.js';
import { type Log } from '../../platform/observability/log.js';
import { type Telemetry } from '../../platform/observability/telemetry.js';
import { type Decision, DecisionObserver, type RecordedDecision } from '../commands/decision-observer.js';
import { StreamLog } from './stream-log.js';

/** What the module that a category of streams belongs to says of its commands. */
export interface StreamTelemetry {
  /** The part of a stream's name before the first dash. */
  readonly category: string;
  recorded(decision: RecordedDecision): void;
  unchanged?(decision: Decision): void;
  failed(decision: Decision, error: Error): void;
}

/** Says in logs, metrics and traces what commands come to. A fault in the saying is logged, too, and goes no further. */
export class CommandTelemetry extends DecisionObserver {
  readonly #byCategory: ReadonlyMap<string, StreamTelemetry>;
  readonly #others: StreamLog;

  constructor(
    private readonly log: Log,
    private readonly telemetry: Telemetry,
    private readonly clock: Clock,
    modules: readonly StreamTelemetry[],
  ) {
    super();
    this.#byCategory = new Map(modules.map((each) => [each.category, each]));
    this.#others = new StreamLog(log, telemetry.tracing);
  }

  recorded(decision: RecordedDecision): void {
    this.#safely(() => {
      this.#of(decision).recorded(decision);
    });
  }

  unchanged(decision: Decision): void {
    this.#safely(() => this.#byCategory.get(decision.category)?.unchanged?.(decision));
  }

  failed(decision: Decision, error: Error): void {
    this.#safely(() => {
      const code = error instanceof Refusal ? error.code : 'RFA_INTERNAL';
      this.telemetry.metrics.add('commands_refused_total', { code });
      this.#of(decision).failed(decision, error);
    });
  }

  beginTrace({ category, command }: Decision): string | null {
    const { tracing } = this.telemetry;
    if (!tracing.isOn) return null;
    const at = this.clock.now();
    // It stands for a cause that has no span of its own, such as a schedule that came due.
    return tracing.record({
      name: `${category} begin`,
      parent: null,
      startAt: at,
      endAt: at,
      attributes: { 'forgerun.actor': command.cause.actor },
    });
  }

  #of({ category }: Decision): Pick<StreamTelemetry, 'recorded' | 'failed'> {
    return this.#byCategory.get(category) ?? this.#others;
  }

  #safely(report: () => void): void {
    try {
      report();
    } catch (error) {
      this.log.error({ action: 'observing_failed', err: error });
    }
  }
}
