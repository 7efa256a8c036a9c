import { Command } from 'commander';
import { outliveOutputs } from './outputs.js';
import { type SimulateOptions } from './simulate.js';

/** EX_CONFIG, as for wrong settings. */
const wrongOptions = 78;

/** The `forgerun` program. `onListening` is called once an engine handles signals itself. */
export async function run(argv: readonly string[], onListening: () => void): Promise<void> {
  outliveOutputs();
  const program = new Command('forgerun').description('An event-sourced job engine.');
  program
    .command('start')
    .description('run the engine, or some of its roles')
    .option('--roles <list>', 'api, worker, projector, saga; separated by commas')
    .action(async ({ roles }: { readonly roles?: string }) => {
      // Loaded only here: the other commands need neither Nest nor a database.
      const { start } = await import('./start.js');
      await start(roles, onListening);
    });
  program
    .command('doctor')
    .description('look at what a start needs, and say what to put right')
    .option('--roles <list>', 'as for start')
    .action(async ({ roles }: { readonly roles?: string }) => {
      const { doctor } = await import('./doctor.js');
      await doctor(roles);
    });
  program
    .command('simulate')
    .description('send traffic to an engine, judge what became of it, and write a report')
    .option('--url <url>', 'the engine; without it one is started for the run, on storage of its own')
    .option('--key <key>', 'the operator’s key of that engine; or FORGERUN_API_KEY')
    .option('--seed <number>', 'repeats the traffic of another run', '1')
    .option('--profile <name>', 'standard, bursts, ramp or noisy-tenant', 'standard')
    .option('--minutes <number>', 'how long traffic comes; without it 2')
    .option('--clients <number>', 'how many clients send it; each profile has a number of its own')
    .option('--report <folder>', 'where report.html, report.json and the records go', 'simulation')
    .option('--chaos <list>', 'what goes wrong: all, a list of faults, or a script of fault@second')
    .option(
      '--kills <number>',
      'ends a node with SIGKILL so many times, one after the other; traffic ends with the last',
    )
    .option('--store-command <command>', 'starts an EventStoreDB for the run, and prints its connection string')
    .option('--engine-from <folder>', 'the release or build that the engines are started of; without it this one')
    .option('--upgrade-to <folder>', 'another release, for the fault upgrade')
    .option('--thresholds <file>', 'JSON with the bounds of figures; a missed one ends the command with 1')
    // A word too many is no missed threshold.
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : wrongOptions))
    .action(async (given: SimulateOptions) => {
      const { simulateCommand } = await import('./simulate.js');
      await simulateCommand(given);
    });
  await program.parseAsync([...argv]);
}
