import { type Fault, type History, type Invariant } from '../history.js';

const unavailable: ReadonlySet<number | null> = new Set([null, 502, 503, 504]);

/** Where the engine could not look at it there is nothing to judge here; that no job came of it is judged elsewhere. */
const isJudged = ({ status }: { readonly status: number | null }): boolean => !unavailable.has(status);

export const refused: Invariant = {
  name: 'refused',
  promise: 'A malformed submit is refused with a status of 400 to 499.',

  casesIn: ({ malformed }: History): number => malformed.filter(isJudged).length,

  *faultsIn({ malformed }: History): Iterable<Fault> {
    for (const { name, status } of malformed)
      if (status !== null && isJudged({ status }) && (status < 400 || status > 499))
        yield { jobId: null, text: `a submit with ${name} was answered with ${status}` };
  },
};
