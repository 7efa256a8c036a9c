import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { ValidationFailed } from '../../platform/http/http.refusals.js';
import { Clock } from '../../platform/clock/clock.js';
import { sqlStateIn } from '../../platform/postgres/errors.js';
import { Refusal } from '../../kernel/refusal.js';
import { type SummaryAnswer, summaryAnswer } from './summary.response.js';
import { rangeOf, type SummaryRange, type RequestedSummary } from './summary-range.js';
import { SummaryTable } from './summary-table.js';
import { ReportTurns } from './report-turns.js';

export class GetSummary extends Query<SummaryAnswer> {
  readonly turns = 'its own';
  constructor(
    readonly clientId: string,
    readonly requested: RequestedSummary,
  ) {
    super();
  }
}

class SummaryTooWide extends Refusal {
  readonly kind = 'timeout';
  readonly code = 'RFA_EXEC_TIMEOUT';
  constructor(cause: unknown) {
    super('There is more between from and to than can be added up in time; ask for less.', { cause });
  }
}

const timedOut = '57014';

@QueryHandler(GetSummary)
export class GetSummaryHandler implements IQueryHandler<GetSummary> {
  constructor(
    private readonly table: SummaryTable,
    private readonly turns: ReportTurns,
    private readonly clock: Clock,
  ) {}

  async execute({ clientId, requested }: GetSummary): Promise<SummaryAnswer> {
    const range = rangeOf(requested, this.clock.now());
    if (!('maxGroups' in range)) throw new ValidationFailed('RFA_REQUEST_MALFORMED', range);
    try {
      return await this.turns.run(clientId, () => this.#summary(clientId, range));
    } catch (error) {
      if (sqlStateIn(error) === timedOut) throw new SummaryTooWide(error);
      throw error;
    }
  }

  async #summary(clientId: string, range: SummaryRange): Promise<SummaryAnswer> {
    const { names, others } = await this.table.groups(clientId, range);
    const jobs = await this.table.jobs(clientId, range, names);
    const attempts = await this.table.attempts(clientId, range, names);
    return summaryAnswer(range, jobs, attempts, others);
  }
}
