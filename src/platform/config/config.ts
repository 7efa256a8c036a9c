export type Role = 'api' | 'worker' | 'projector' | 'saga';

/** Every setting, read once at start from the environment and `.env`. Names and defaults: docs/reference/config.md. */
export interface Config {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly dataDir: string;
  /** `embedded`, or a `postgres://`, `esdb://`, `esdb+discover://` connection string. */
  readonly eventStore: string;
  /** `embedded`, or a `postgres://` connection string. */
  readonly databaseUrl: string;
  readonly roles: readonly Role[];
  readonly adminKey: string | null;
  readonly syntheticTimeScale: number;
  /** Null: all. */
  readonly allowedWorkKinds: readonly string[] | null;
  readonly workerConcurrency: number;
  readonly leaseMs: number;
  readonly heartbeatMs: number;
  /** Per client; 0: off. */
  readonly rateLimitPerMinute: number;
  readonly maxActiveJobs: number;
  readonly maxQueuedJobs: number;
  readonly maxDeferDays: number;
  /** Networks in CIDR notation. */
  readonly egressAllow: readonly string[];
  readonly webhookTimeoutMs: number;
  readonly webhookMaxAttempts: number;
  readonly webhookBackoffBaseMs: number;
  readonly webhookDisableAfterHours: number;
  readonly retentionDays: number;
  readonly keyRetentionDays: number;
  readonly shutdownMs: number;
  readonly logLevel: string;
  readonly logFormat: 'json' | 'pretty';
}
