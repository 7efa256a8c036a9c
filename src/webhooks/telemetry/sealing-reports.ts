import { type Log } from '../../platform/observability/log.js';
import { type SealAnewReports } from '../secrets/seal-anew.js';

/** What is logged while secrets are sealed anew. */
export const sealingReports = (log: Log): SealAnewReports => ({
  sealedAnew: (count) => {
    log.info({ action: 'secrets_sealed_anew', count });
  },
  done: () => {
    log.info({ action: 'older_sealing_key_unused' });
  },
  lost: (webhookIds) => {
    log.warn({ action: 'webhook_secrets_lost', reason: webhookIds.join(', ') });
  },
  failed: (cause) => {
    log.warn({ action: 'sealing_anew_failed', err: cause });
  },
});
