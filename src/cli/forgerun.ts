import { Command } from 'commander';
import { outliveOutputs } from './outputs.js';

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
  await program.parseAsync([...argv]);
}
