import { type Fault, type History, type Invariant } from '../history.js';
import { mayBeTooLate } from '../too-late.js';

const tooMany = 429;
const conflict = 409;
const invalid = 400;

export const rejected: Invariant = {
  name: 'rejected',
  promise:
    'A well-formed submit is refused for nothing but a limit, a time that has passed, or a key that stands for another request.',

  casesIn: ({ submits }: History): number => submits.filter(({ outcome }) => outcome !== 'unknown').length,

  *faultsIn({ submits, jumps }: History): Iterable<Fault> {
    const others = new Set(submits.filter(({ isOther }) => isOther).map(({ key }) => key));
    for (const submit of submits) {
      const { key, outcome, status, code } = submit;
      if (outcome !== 'refused' || status === tooMany) continue;
      // Whichever of the two requests comes first is taken.
      if (status === conflict && others.has(key)) continue;
      if (status === invalid && mayBeTooLate(submit, jumps)) continue;
      yield { jobId: null, text: `the submit with key ${key} was refused with ${status ?? 0} (${code ?? 'no code'})` };
    }
  },
};
