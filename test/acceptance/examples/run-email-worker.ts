import { emailWorker, type Mailer } from './email-worker.js';

/** Runs until the process is told to end, then finishes or hands back what runs. */
export function runEmailWorker(url: string, apiKey: string, mailer: Mailer): void {
  const worker = emailWorker(url, apiKey, mailer);
  worker.start();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      void worker.stop();
    });
  }
}
