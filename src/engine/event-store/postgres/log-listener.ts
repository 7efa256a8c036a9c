import pg from 'pg';

/** Hears of appends made by other processes. What it misses, the tail's slow poll finds. */
export class LogListener {
  private client: pg.Client | null = null;
  private retry: NodeJS.Timeout | null = null;
  private closed = false;

  constructor(
    private readonly connection: pg.ClientConfig,
    private readonly onNews: () => void,
    private readonly onError: (error: Error) => void,
  ) {}

  async open(): Promise<void> {
    const client = new pg.Client({
      ...this.connection,
      application_name: `forgerun:${process.pid}:log-listener`,
      connectionTimeoutMillis: 5000,
      keepAlive: true,
    });
    client.on('notification', () => {
      this.onNews();
    });
    client.on('error', (error) => {
      this.onError(error);
    });
    client.on('end', () => {
      this.reopenLater();
    });
    try {
      await client.connect();
      await client.query('listen forgerun_log');
      this.client = client;
      // Whatever was appended while nobody listened.
      this.onNews();
    } catch (error) {
      this.onError(error instanceof Error ? error : new Error(String(error)));
      this.reopenLater();
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    if (this.retry !== null) clearTimeout(this.retry);
    await this.client?.end();
  }

  private reopenLater(): void {
    this.client = null;
    if (this.closed || this.retry !== null) return;
    this.retry = setTimeout(() => {
      this.retry = null;
      void this.open();
    }, 500);
  }
}
