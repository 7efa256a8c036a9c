/** After so many a delivery is given up. */
export const webhookMaxAttempts = 4;

/** After the first attempt that failed; after each further one twice as long. */
export const webhookBackoffBaseMs = 200;

/** Short times, so that a run of two minutes sees retries and their ends; the variables of a user may change the scale. */
export const runSettings = (adminKey: string): Readonly<Record<string, string>> => ({
  FORGERUN_ADMIN_KEY: adminKey,
  FORGERUN_PORT: '0',
  FORGERUN_SYNTHETIC_TIME_SCALE: process.env['FORGERUN_SYNTHETIC_TIME_SCALE'] ?? '0.05',
  FORGERUN_EGRESS_ALLOW: '127.0.0.0/8',
  FORGERUN_WORKER_CONCURRENCY: '16',
  FORGERUN_WEBHOOK_TIMEOUT_MS: '1000',
  FORGERUN_WEBHOOK_MAX_ATTEMPTS: String(webhookMaxAttempts),
  FORGERUN_WEBHOOK_BACKOFF_BASE_MS: String(webhookBackoffBaseMs),
  FORGERUN_LOG_FORMAT: 'json',
});
