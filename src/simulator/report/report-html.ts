import { barChart } from './bar-chart.js';
import { countedOf, escaped, readableMinutes, readableMs, readableNumber, tableOf } from './html-text.js';
import { latencyKinds, latencyTexts } from './latency-kinds.js';
import { lineChart } from './line-chart.js';
import { type Distribution } from './percentiles.js';
import { type Report } from './report.js';
import { styles } from './report-styles.js';
import { boundsText } from './thresholds.js';
import { countOf, stateOf } from '../judge/verdict.js';

const colors = { blue: '#2563eb', green: '#16a34a', red: '#dc2626', grey: '#94a3b8', amber: '#d97706' } as const;

/** One page with everything in it: no style, script, font or picture is fetched. */
export function reportHtml(report: Report): string {
  const { run, outcome } = report;
  const title = `ForgeRun under ${run.profile} traffic: ${outcome}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${styles}</style>
</head>
<body>
<main>
${headOf(report)}
${cardsOf(report)}
<section><h2>Promises</h2>${invariantsOf(report)}</section>
${thresholdsOf(report)}
${faultsOf(report)}
<section><h2>Throughput</h2>${throughputOf(report)}</section>
<section><h2>Latency</h2>${latencyOf(report)}</section>
${memoryOf(report)}
<section><h2>Fairness between clients</h2>${fairnessOf(report)}</section>
<section><h2>Work kinds</h2>${kindsOf(report)}</section>
<section><h2>Answers</h2>${answersOf(report)}${recoveredOf(report)}</section>
<section><h2>All figures</h2>${figuresOf(report)}</section>
<section><h2>Not run</h2>${notRunOf(report)}</section>
</main>
</body>
</html>
`;
}

function headOf({ run, outcome }: Report): string {
  const mark = outcome === 'passed' ? 'good' : 'bad';
  return `<header><h1>ForgeRun simulation</h1>
<p class="outcome ${mark}">${escaped(outcome)}</p>
<p>Profile <b>${escaped(run.profile)}</b>, ${countedOf(run.clients, 'client')}, ${readableMinutes(run.minutes)}, seed ${run.seed};
${escaped(run.engine)}; ${escaped(run.startedAt)}</p></header>`;
}

function cardsOf({ figures, invariants }: Report): string {
  const [held, unexercised] = [countOf(invariants, 'held'), countOf(invariants, 'not exercised')];
  const ms = (name: string): string => ifMeasured(figures[name], readableMs);
  const count = (name: string): string => ifMeasured(figures[name], readableNumber);
  const cards = [
    ['promises kept', `${held} of ${invariants.length}`],
    ...(unexercised === 0 ? [] : [['promises not exercised', String(unexercised)]]),
    ['jobs finished', count('jobs_finished_total')],
    ['submits per second', count('submits_per_second')],
    ['submit p99', ms('submit_p99_ms')],
    ['queue wait p99', ms('queue_wait_p99_ms')],
    ['webhook p99', ms('webhook_p99_ms')],
    ['errors', count('errors_total')],
    ['drained in', ms('drain_ms')],
  ];
  return `<div class="cards">${cards
    .map(([name = '', value = '']) => `<div><b>${escaped(value)}</b><span>${escaped(name)}</span></div>`)
    .join('')}</div>`;
}

function invariantsOf({ invariants }: Report): string {
  const rows = invariants.map((verdict) => {
    const { invariant, promise, cases, faultCount, faults } = verdict;
    const told = faults.map(({ text }) => `<li>${escaped(text)}</li>`).join('');
    const more = faultCount > faults.length ? `<li>and ${faultCount - faults.length} more</li>` : '';
    const list =
      faultCount === 0
        ? ''
        : `<details open><summary>${faultCount === 1 ? 'one fault' : `${faultCount} faults`}</summary><ul>${told}${more}</ul></details>`;
    return [escaped(invariant), `${escaped(promise)}${list}`, readableNumber(cases), stateBadge(stateOf(verdict))];
  });
  return tableOf(['invariant', 'promise', 'cases', 'verdict'], rows);
}

function thresholdsOf({ thresholds }: Report): string {
  if (thresholds.length === 0) return '';
  const rows = thresholds.map((threshold) => [
    escaped(threshold.figure),
    escaped(boundsText(threshold)),
    ifMeasured(threshold.value, readableNumber),
    badge(threshold.isKept, 'kept', 'missed'),
  ]);
  return `<section><h2>Thresholds</h2>${tableOf(['figure', 'to be', 'measured', 'verdict'], rows)}</section>`;
}

function faultsOf({ faults, ended }: Report): string {
  if (faults.length === 0)
    return ended.length === 0 ? '' : `<section><h2>What went wrong</h2>${endedOf(ended)}</section>`;
  const rows = faults.map(({ name, about, target, atMs, healedMs, recoveryMs, outageMs }) => [
    `${escaped(name)} <small>${escaped(about)}</small>`,
    escaped(target),
    readableMs(atMs),
    readableMs(healedMs - atMs),
    readableMs(outageMs),
    recoveryMs === null ? badge(false, '', 'never') : readableMs(recoveryMs),
  ]);
  const head = ['fault', 'where', 'at', 'lasted', 'longest without an acknowledged submit', 'well again after'];
  return `<section><h2>What went wrong on purpose</h2>${tableOf(head, rows)}${endedOf(ended)}</section>`;
}

function endedOf(ended: Report['ended']): string {
  if (ended.length === 0) return '';
  const endings = ended.map(
    ({ node, how, atMs }) => `<li>the ${escaped(node)} engine at ${readableMs(atMs)}: ${escaped(how)}</li>`,
  );
  return `<details open><summary>engines that ended, or did not start</summary><ul>${endings.join('')}</ul></details>`;
}

function memoryOf({ memory }: Report): string {
  const mostColors = [colors.blue, colors.green, colors.amber, colors.red];
  const lines = memory.map(({ engine, samples }, index) => ({
    name: engine,
    color: mostColors[index % mostColors.length] ?? colors.grey,
    values: samples.map(({ mib }) => mib),
  }));
  return lines.length === 0
    ? ''
    : `<section><h2>Memory</h2>${lineChart('Resident memory of each engine, in MiB', lines, memoryEveryMs)}</section>`;
}

function throughputOf({ series }: Report): string {
  const lines = [
    { name: 'submitted', color: colors.blue, values: series.submitted },
    { name: 'finished', color: colors.green, values: series.finished },
    { name: 'attempts that failed', color: colors.red, values: series.failedAttempts },
  ];
  const requests = [{ name: 'requests', color: colors.amber, values: series.webhookRequests }];
  const each = `per ${series.bucketMs === 1_000 ? 'second' : `${series.bucketMs / 1_000} seconds`}`;
  return `${lineChart(`Jobs ${each}`, lines, series.bucketMs)}
${lineChart(`Requests to receivers of webhooks ${each}`, requests, series.bucketMs)}`;
}

/** As often as it is looked at. */
const memoryEveryMs = 2_000;

const percentiles = [
  ['p50', colors.grey],
  ['p95', colors.blue],
  ['p99', colors.red],
] as const;

function latencyOf({ latencies }: Report): string {
  const groups = latencyKinds.flatMap((kind) => {
    const spread = latencies[kind];
    return spread === null ? [] : [{ name: latencyTexts[kind], bars: barsOf(spread) }];
  });
  return barChart('Percentiles', groups, percentiles);
}

const barsOf = (spread: Distribution) =>
  percentiles.map(([share, color]) => {
    // A clock of whole milliseconds can see an event before its cause.
    const value = Math.max(0, spread[share]);
    return { value, color, label: `${share} ${readableMs(value)}` };
  });

function fairnessOf({ clients }: Report): string {
  const groups = clients.flatMap(({ queueWait, isNoisy }, index) =>
    queueWait === null ? [] : [{ name: `client ${index}${isNoisy ? ' (noisy)' : ''}`, bars: barsOf(queueWait) }],
  );
  const rows = clients.map(({ clientId, isNoisy, submits, finished, queueWait, endToEnd }, index) => [
    `${index}${isNoisy ? ' (noisy)' : ''} <small>${escaped(clientId)}</small>`,
    readableNumber(submits),
    readableNumber(finished),
    ifMeasured(queueWait?.p95, readableMs),
    ifMeasured(endToEnd?.p95, readableMs),
  ]);
  return `${barChart('Queue wait for the work that all clients share the engine’s worker for', groups, percentiles)}
${tableOf(['client', 'submits', 'finished', 'queue wait p95', 'end to end p95'], rows)}`;
}

function kindsOf({ kinds }: Report): string {
  const rows = kinds.map(({ workKind, jobs, run, endToEnd }) => [
    escaped(workKind),
    readableNumber(jobs),
    ifMeasured(run?.p50, readableMs),
    ifMeasured(run?.p99, readableMs),
    ifMeasured(endToEnd?.p50, readableMs),
    ifMeasured(endToEnd?.p99, readableMs),
  ]);
  return tableOf(['kind', 'jobs', 'run p50', 'run p99', 'end to end p50', 'end to end p99'], rows);
}

const answersOf = ({ answers }: Report): string =>
  tableOf(
    ['call', 'status', 'code', 'how often'],
    answers.map(({ call, status, code, count }) => [
      escaped(call),
      status === null ? 'no answer' : String(status),
      escaped(code ?? ''),
      readableNumber(count),
    ]),
  );

function recoveredOf({ recovered }: Report): string {
  if (recovered.length === 0) return '';
  const rows = recovered.map(({ call, unknown, inLog }) => [
    escaped(call),
    readableNumber(unknown),
    readableNumber(inLog),
  ]);
  return `<h3>Without an answer, or with a 5xx</h3>${tableOf(['call', 'how often', 'carried out all the same'], rows)}`;
}

const figuresOf = ({ figures }: Report): string =>
  tableOf(
    ['figure', 'value'],
    Object.entries(figures).map(([name, value]) => [
      `<code>${escaped(name)}</code>`,
      ifMeasured(value, readableNumber),
    ]),
  );

const notRunOf = ({ notRun }: Report): string =>
  `<ul>${notRun.map(({ what, why }) => `<li><b>${escaped(what)}</b>: ${escaped(why)}</li>`).join('')}</ul>`;

const ifMeasured = (value: number | null | undefined, show: (value: number) => string): string =>
  value === null || value === undefined ? '–' : show(value);

const badge = (isGood: boolean, good: string, bad: string): string =>
  `<span class="badge ${isGood ? 'good' : 'bad'}">${isGood ? good : bad}</span>`;

const badgeStyles = { held: 'good', broken: 'bad', 'not exercised': 'none' } as const;

const stateBadge = (state: keyof typeof badgeStyles): string =>
  `<span class="badge ${badgeStyles[state]}">${state}</span>`;
