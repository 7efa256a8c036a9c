import http from 'node:http';
import https from 'node:https';

export interface Exchange {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly bodyText: string | undefined;
  readonly signal: AbortSignal;
}

/** An answer that was read to its end. */
interface Exchanged {
  readonly status: number;
  readonly headers: HeaderValues;
  readonly text: string;
}

/** By name in lower case; null where there is none. */
export interface HeaderValues {
  get(name: string): string | null;
}

/**
 * Sends requests to one place and reads whole answers, over connections that are kept. Not by `fetch`: its streams cost
 * a busy worker about as much as everything else it does. Redirects are answers like any other.
 */
export class Exchanger {
  readonly #transport: typeof http | typeof https;
  readonly #agent: http.Agent | https.Agent;

  constructor(url: string) {
    this.#transport = url.startsWith('https:') ? https : http;
    // Idle connections do not keep a process alive.
    this.#agent = new this.#transport.Agent({ keepAlive: true });
  }

  /** Rejects when no whole answer comes; with the signal's reason when it fires. */
  exchange(url: string, { method, headers, bodyText, signal }: Exchange): Promise<Exchanged> {
    return new Promise((resolve, reject) => {
      const fail = (error: Error): void => {
        reject(signal.reason instanceof Error ? signal.reason : error);
      };
      const length = bodyText === undefined ? {} : { 'content-length': String(Buffer.byteLength(bodyText)) };
      const request = this.#transport.request(
        url,
        { method, agent: this.#agent, headers: { ...headers, ...length }, signal },
        (response) => {
          let text = '';
          response.setEncoding('utf8');
          response.on('data', (part: string) => {
            text += part;
          });
          response.on('error', fail);
          response.on('end', () => {
            resolve({ status: response.statusCode ?? 0, headers: valuesOf(response.headers), text });
          });
        },
      );
      request.on('error', fail);
      request.end(bodyText);
    });
  }
}

const valuesOf = (headers: http.IncomingHttpHeaders): HeaderValues => ({
  get: (name) => {
    const value = headers[name];
    return Array.isArray(value) ? value.join(', ') : (value ?? null);
  },
});
