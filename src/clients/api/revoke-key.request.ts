import { IsUUID } from 'class-validator';
import { FailsAs } from '../../platform/http/validation/request.rules.js';

@FailsAs('RFA_CLIENT_VALIDATION_FAILED')
export class RevokeKeyRequest {
  @IsUUID()
  key_id!: string;
}
