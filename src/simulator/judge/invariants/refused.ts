import { type Fault, type History, type Invariant } from '../history.js';

const unavailable: ReadonlySet<number> = new Set([502, 503, 504]);

export const refused: Invariant = {
  name: 'refused',
  promise: 'A malformed submit is refused with a status of 400 to 499.',

  *faultsIn({ malformed }: History): Iterable<Fault> {
    for (const { name, status } of malformed)
      // Where the engine could not look at it there is nothing to judge here; that no job came of it is judged elsewhere.
      if (status !== null && !unavailable.has(status) && (status < 400 || status > 499))
        yield { jobId: null, text: `a submit with ${name} was answered with ${status}` };
  },
};
