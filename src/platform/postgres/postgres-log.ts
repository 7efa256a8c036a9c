/** Where this folder reports facts; a pino logger fits. */
export interface PostgresLog {
  info(fields: object): void;
  warn(fields: object): void;
}
