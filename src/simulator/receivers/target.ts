import { type ServerResponse } from 'node:http';
import { sleep } from '../../platform/clock/timer.js';
import { type TargetPath } from '../plan/work-item.js';

const slowMs = 400;

/** What HTTP_REQUEST jobs call. */
export class Target {
  readonly #seen = new Set<string>();

  /** Answers a job's own request as its path says. */
  async answer(url: string, response: ServerResponse): Promise<void> {
    const [path = '', query = ''] = url.split('?');
    const status = await this.#statusOf(path as TargetPath, query);
    response.writeHead(status, { 'content-type': 'application/json' }).end('{"target":"simulator"}');
  }

  async #statusOf(path: TargetPath, query: string): Promise<number> {
    switch (path) {
      case '/target/ok':
        return 200;
      case '/target/slow':
        await sleep(slowMs);
        return 200;
      case '/target/unavailable-at-first': {
        const isFirst = !this.#seen.has(query);
        this.#seen.add(query);
        return isFirst ? 503 : 200;
      }
      default:
        return 404;
    }
  }
}
