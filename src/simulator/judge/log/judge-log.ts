import { type LogAddress } from '../../log/log-address.js';
import { openLog } from '../../log/open-log.js';
import { type StoredLog } from '../../log/stored-log.js';
import { type History } from '../history.js';
import { Calm } from '../run/calm.js';
import { Findings, type Verdict, verdictFrom } from '../verdict.js';
import { loadCronOracle } from './cron-oracle.js';
import { abandoned } from './invariants/abandoned.js';
import { gapped } from './invariants/gapped.js';
import { hidden } from './invariants/hidden.js';
import { overfull } from './invariants/overfull.js';
import { resent } from './invariants/resent.js';
import { ticked } from './invariants/ticked.js';
import { uncaused } from './invariants/uncaused.js';
import { unchained } from './invariants/unchained.js';
import { waits } from './invariants/waits.js';
import { type LogFold, type LogInvariant } from './log-invariant.js';
import { stepOf } from './log-step.js';

/** What a log is held to where its store can be read, in the order of the report. */
export const logInvariants: readonly LogInvariant[] = [
  unchained,
  gapped,
  hidden,
  uncaused,
  ticked,
  overfull,
  waits,
  resent,
  abandoned,
];

/**
 * Reads the whole log past the engine and judges it. The histories are to be read before, once everything has come to its
 * end; what the log has of other clients is judged as well, but for what they were shown.
 */
export async function judgeLog(
  address: LogAddress,
  histories: readonly History[],
  calm: Calm = new Calm([]),
): Promise<readonly Verdict[]> {
  const log = await openLog(address);
  try {
    return await verdictsOnLog(log, histories, calm);
  } finally {
    await log.close();
  }
}

/** The log is read once, and a second time only where something in it may be there twice. */
export async function verdictsOnLog(
  log: StoredLog,
  histories: readonly History[],
  calm: Calm = new Calm([]),
): Promise<readonly Verdict[]> {
  const context = { histories, calm, cron: await loadCronOracle() };
  const judged = logInvariants.map((invariant) => new Judged(invariant, invariant.begin(context)));
  for await (const event of log.read()) {
    const step = stepOf(event);
    for (const { fold, findings } of judged) for (const fault of fold.see(step)) findings.add(fault);
  }
  for (const { fold, findings } of judged) for await (const fault of fold.end(log)) findings.add(fault);
  return judged.map((each) => each.verdict());
}

class Judged {
  readonly findings = new Findings();

  constructor(
    private readonly invariant: LogInvariant,
    readonly fold: LogFold,
  ) {}

  verdict(): Verdict {
    return verdictFrom(this.invariant, this.findings, this.fold.cases(), this.fold.notJudged());
  }
}
