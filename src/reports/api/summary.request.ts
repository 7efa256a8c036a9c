import { IsIn, IsOptional } from 'class-validator';
import { IsQueryInstant } from '../../platform/http/validation/request.rules.js';
import { type Bucket, type GroupBy, type RequestedSummary } from '../queries/summary-range.js';

export class SummaryRequest {
  /** Counts; a day before `to` where it is left out. */
  @IsOptional()
  @IsQueryInstant()
  from?: number;

  /** Does not count any more; now where it is left out. */
  @IsOptional()
  @IsQueryInstant()
  to?: number;

  @IsOptional()
  @IsIn(['work_kind', 'queue', 'schedule'])
  group_by?: GroupBy;

  @IsOptional()
  @IsIn(['minute', 'hour', 'day'])
  bucket?: Bucket;

  toRequested(): RequestedSummary {
    const { from = null, to = null, group_by = null, bucket = null } = this;
    return { from, to, groupBy: group_by, bucket };
  }
}
