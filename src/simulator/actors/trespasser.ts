import { pause } from '../../platform/async/pause.js';
import { type HttpRequest } from '../../sdk/http-connection.js';
import { Random } from '../plan/random.js';
import { called } from '../records/call.js';
import { type Tenant } from '../target/tenants.js';
import { type JobBoard } from './job-board.js';
import { type Stage } from './stage.js';

const betweenMs = [300, 1_500] as const;

/** What a key of one client tries with the jobs of another. */
const attempts: readonly { readonly weight: number; readonly method: HttpRequest['method']; readonly path: string }[] =
  [
    { weight: 2, method: 'GET', path: '' },
    { weight: 2, method: 'GET', path: '/events' },
    { weight: 1, method: 'GET', path: '/report' },
    { weight: 1, method: 'GET', path: '/why' },
    { weight: 1, method: 'POST', path: '/cancel' },
    { weight: 1, method: 'POST', path: '/retry' },
  ];

/** Tries to read and to change what belongs to others. */
export class Trespasser {
  constructor(
    private readonly tenant: Tenant,
    private readonly board: JobBoard,
    private readonly stage: Stage,
  ) {}

  async run(signal: AbortSignal): Promise<void> {
    const { index, clientId, http } = this.tenant;
    const { seed, clock, recorder } = this.stage;
    const random = new Random(seed, `trespasses of client ${index}`);
    for (;;) {
      await pause(random.between(...betweenMs), signal);
      if (signal.aborted) return;
      const { method, path } = random.weighted(attempts);
      const foreign = this.board.foreignTo(index);
      const jobId = foreign[random.between(0, foreign.length - 1)];
      if (jobId === undefined) continue;
      const body = method === 'POST' ? { bodyText: '{}' } : {};
      const request = { method, path: `/v1/jobs/${jobId}${path}`, ...body, maxRetries: 0 };
      const { answer: _, ...how } = await called(clock, 200, () => http.send(request));
      recorder.add({ kind: 'trespass', clientId, ...how, jobId, call: `${method} ${path}` });
    }
  }
}
