import { type ServerResponse } from 'node:http';
import { sleep } from '../../platform/clock/timer.js';
import { type TargetPath } from '../plan/work-item.js';

const slowMs = 400;

export const targetBody = '{"target":"simulator"}';

/** What HTTP_REQUEST jobs call. */
export class Target {
  readonly #seen = new Set<string>();

  give(status: number, response: ServerResponse): void {
    response.writeHead(status, { 'content-type': 'application/json' }).end(targetBody);
  }

  /** What a job's own request is answered with, as its path says. */
  async statusFor(url: string): Promise<number> {
    const [path = '', query = ''] = url.split('?');
    switch (path as TargetPath) {
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
