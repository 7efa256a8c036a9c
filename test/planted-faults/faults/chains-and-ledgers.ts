import { type PlantedFault } from '../planted-fault.js';
import { brief } from '../simulations.js';

/** Every link of every chain follows from the one before it; every nominal tick of a schedule is in its ledger. */
export const chainsAndLedgers: readonly PlantedFault[] = [
  {
    name: 'unlinked-chain',
    breaks: 10,
    file: 'src/engine/commands/chain.ts',
    text: 'linkOver(before, id,',
    instead: "linkOver('', id,",
    noticedBy: { spec: 'src/engine/commands/streams.spec.ts', test: 'links each event to the one before it' },
    foundBy: { invariant: 'unchained', args: brief },
  },
  {
    name: 'chain-without-its-metadata',
    breaks: 10,
    file: 'src/engine/commands/chain.ts',
    text: '${before}\\n${id}\\n${type}\\n${data}\\n${metadata}',
    instead: '${before}\\n${id}\\n${type}\\n${data}\\n${metadata.length}',
    noticedBy: { spec: 'src/engine/commands/streams.spec.ts', test: 'links each event to the one before it' },
  },
  {
    name: 'events-of-one-decision-not-linked',
    breaks: 10,
    file: 'src/engine/commands/prepare.ts',
    text: `chain = linked.chain;`,
    instead: ``,
    noticedBy: { spec: 'src/engine/commands/streams.spec.ts', test: 'links each event to the one before it' },
    foundBy: { invariant: 'unchained', args: brief },
  },
  {
    name: 'own-decision-remembered-instead-of-what-is-stored',
    breaks: 10,
    file: 'src/engine/commands/streams.ts',
    text: `outcome?.kind === 'appended' && outcome.stored === 'otherwise'`,
    instead: `outcome?.kind === 'appended' && outcome.stored === 'now' && fromMemory && append.events.length === 0`,
    noticedBy: {
      spec: 'src/engine/commands/streams.spec.ts',
      test: 'is done once, and the next decision stands on what was stored',
    },
  },
  {
    name: 'other-content-not-read-back',
    breaks: 10,
    file: 'src/engine/event-store/eventstoredb/appender.ts',
    text: `const chain = hasFreshIds ? null`,
    instead: `const chain = append.events.length > 0 ? null`,
    noticedBy: {
      spec: 'test/conformance/two-nodes.spec.ts',
      test: 'leaves every link whole',
    },
  },
  {
    name: 'ticks-of-a-pause-forgotten',
    breaks: 10,
    file: 'src/schedules/domain/accounting.ts',
    text: `this.skip(ticks, 'paused', span.version);`,
    instead: `if (ticks.length > 1) this.skip(ticks.slice(1), 'paused', span.version);`,
    noticedBy: {
      spec: 'src/schedules/domain/schedule.decider.spec.ts',
      test: 'skips its ticks, and those of a downtime',
    },
  },
  {
    name: 'tick-dropped-when-the-buffer-is-full',
    breaks: 10,
    file: 'src/schedules/domain/accounting.ts',
    text: `else if (buffered !== null) this.skip([dueAt], 'buffer_full', version);`,
    instead: `else if (buffered !== null) return;`,
    noticedBy: { spec: 'src/schedules/domain/schedule.decider.spec.ts', test: 'waits for its end, alone' },
  },
  {
    name: 'outage-ended-by-a-command',
    breaks: 10,
    file: 'src/schedules/domain/schedule.state.ts',
    text: `if (nextAt === null || nextAt > at) return`,
    instead: `if (nextAt === null || nextAt > 0) return`,
    noticedBy: {
      spec: 'test/properties/schedule-outages.spec.ts',
      test: 'are accounted for exactly once, by the rule for missed ones',
    },
  },
  {
    name: 'late-tick-taken-for-missed',
    breaks: 10,
    file: 'src/schedules/domain/accounting.ts',
    text: `to: at - latestMs`,
    instead: `to: at - 5_000`,
    noticedBy: {
      spec: 'src/schedules/domain/schedule.decider.spec.ts',
      test: 'fires late where something was there that could have fired it, however late',
    },
  },
  {
    name: 'event-belongs-to-what-its-sender-says',
    breaks: 10,
    file: 'src/engine/commands/prepare.ts',
    text: `isBegun ? streamState.correlationId : cause.correlationId`,
    instead: `cause.correlationId`,
    noticedBy: {
      spec: 'src/engine/commands/streams.spec.ts',
      test: 'belongs to what its stream belongs to, whatever its sender says',
    },
    foundBy: { invariant: 'uncaused', args: brief },
  },
  {
    name: 'request-not-named-as-the-cause',
    breaks: 10,
    file: 'src/engine/commands/prepare.ts',
    text: `cause.causationId ?? cause.requestId ?? streamState.lastEventId`,
    instead: `cause.causationId ?? streamState.lastEventId`,
    noticedBy: {
      spec: 'src/engine/commands/streams.spec.ts',
      test: 'names the event, the request, or else the event before it as its cause',
    },
    foundBy: { invariant: 'uncaused', args: brief },
  },
];
