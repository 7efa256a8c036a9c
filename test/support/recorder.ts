import { type tracing } from '@opentelemetry/sdk-node';
import { type LogSink } from '../../src/platform/observability/log.js';
import { adminKey, plantedPayload } from './api.js';
import { logOn } from './event-store-under-test.js';

/** API keys and webhook secrets as ForgeRun makes them, whichever client got them. */
const madeSecrets = /frk_[0-9a-f]{32}_[0-9A-Za-z]{49}|whsec_[0-9A-Za-z+/=]{24,}/g;

const maxShown = 5;

/** What of a text was told in confidence. */
export const confidencesIn = (text: string): readonly string[] => [
  ...[adminKey, plantedPayload].filter((secret) => text.includes(secret)),
  ...(text.match(madeSecrets) ?? []),
];

/**
 * Reads along with an engine under test: all that it logs, at the finest level, and every span. What callers told it in
 * confidence, the secrets that it made itself and the payload that the fixture plants in every job, must show up nowhere.
 */
export class Recorder {
  readonly #found: string[] = [];

  constructor(private readonly passesErrorsOn = true) {}

  readonly sink: LogSink = {
    write: (line) => {
      this.look('log', line);
      if (this.passesErrorsOn && /"level":"(error|fatal)"/.test(line)) process.stderr.write(line);
    },
  };

  readonly spans: tracing.SpanProcessor = {
    onStart: () => undefined,
    onEnd: ({ name, attributes, status, events }) => {
      this.look('trace', JSON.stringify([name, attributes, status, events]));
    },
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  };

  look(place: string, text: string): void {
    for (const secret of confidencesIn(text))
      if (this.#found.length < maxShown) this.#found.push(`${secret} in the ${place}: ${text.slice(0, 500)}`);
  }

  /** Reads the metadata of every event, and the message of every failure that an event keeps. */
  async lookAtLog(connectionString: string): Promise<void> {
    for (const { event, metadata } of await logOn(connectionString)) {
      this.look(`metadata of ${event.type}`, JSON.stringify(metadata));
      if ('error' in event.data) this.look(`error of ${event.type}`, JSON.stringify(event.data.error));
    }
  }

  /** Fails when anything was found. */
  testify(): void {
    if (this.#found.length > 0) throw new Error(`told in confidence, and found\n${this.#found.join('\n')}`);
  }
}
