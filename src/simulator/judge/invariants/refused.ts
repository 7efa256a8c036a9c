import { type Fault, type History, type Invariant } from '../history.js';

export const refused: Invariant = {
  name: 'refused',
  promise: 'A malformed submit is refused with a status of 400 to 499.',

  *faultsIn({ malformed }: History): Iterable<Fault> {
    for (const { name, status } of malformed)
      // Without an answer there is nothing to judge: no job of it may be in the log, which another invariant looks at.
      if (status !== null && (status < 400 || status > 499))
        yield { jobId: null, text: `a submit with ${name} was answered with ${status}` };
  },
};
