import { ArrayMaxSize, ArrayMinSize, IsArray } from 'class-validator';
import { FailsAs, IsListOf } from '../../platform/http/validation/request.rules.js';
import { SubmitJobRequest } from './submit-job.request.js';

/** Each job stands alone: a fault in one is reported in its item and stops no other. */
@FailsAs('RFA_JOB_VALIDATION_FAILED')
export class SubmitBatchRequest {
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(1000)
  @IsListOf(() => SubmitJobRequest)
  jobs!: SubmitJobRequest[];
}
