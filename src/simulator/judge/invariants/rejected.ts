import { type Fault, type History, type Invariant } from '../history.js';

const tooMany = 429;
const conflict = 409;
const invalid = 400;

export const rejected: Invariant = {
  name: 'rejected',
  promise:
    'A well-formed submit is refused for nothing but a limit, a time that has passed, or a key that stands for another request.',

  casesIn: ({ submits }: History): number => submits.filter(({ outcome }) => outcome !== 'unknown').length,

  *faultsIn({ submits }: History): Iterable<Fault> {
    const others = new Set(submits.filter(({ isOther }) => isOther).map(({ key }) => key));
    for (const { key, outcome, status, code, isTimed } of submits) {
      if (outcome !== 'refused' || status === tooMany) continue;
      // Whichever of the two requests comes first is taken.
      if (status === conflict && others.has(key)) continue;
      // Its time may have passed on its way.
      if (status === invalid && isTimed) continue;
      yield { jobId: null, text: `the submit with key ${key} was refused with ${status ?? 0} (${code ?? 'no code'})` };
    }
  },
};
