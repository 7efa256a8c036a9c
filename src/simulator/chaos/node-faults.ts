import { failpoints } from '../../platform/failpoints/names.js';
import { programIn } from '../target/engine-process.js';
import { type FleetNode } from '../target/fleet-node.js';
import { type Fault, moments, oneOf, possible, type Scene } from './fault.js';

const placesAtOnce = 12;
/** What a node passes while it works, not at its start or its stop. */
const placesOfWork = Object.keys(failpoints).filter(
  (name) => !/^(cluster|database|migration|installation|sealing|stop)\./.test(name),
);

/** One that has come to no failpoint is ended all the same. */
async function ended(node: FleetNode): Promise<void> {
  if (node.isArmed) await node.kill();
  await node.up();
}

const restartAll = async ({ fleet }: Pick<Scene, 'fleet'>): Promise<void> => {
  for (const node of fleet.nodes) {
    await node.stop();
    await node.up();
  }
};

/** What happens to engines. */
export const nodeFaults: readonly Fault[] = [
  {
    name: 'kill',
    about: 'a node is ended with SIGKILL, and started again',
    lastsMs: moments.short,
    obstacle: possible,
    begin: async ({ fleet, random }) => {
      const node = oneOf(fleet.nodes, random);
      await node.kill();
      return { target: node.name, end: () => node.up() };
    },
  },
  {
    name: 'kill-all',
    about: 'all nodes are ended with SIGKILL at once',
    lastsMs: moments.short,
    obstacle: possible,
    begin: async ({ fleet }) => {
      await Promise.all(fleet.nodes.map((node) => node.kill()));
      return { target: 'all', end: () => fleet.heal() };
    },
  },
  {
    name: 'failpoint',
    about: 'a node ends with SIGKILL between two steps',
    lastsMs: moments.long,
    obstacle: possible,
    begin: async ({ fleet, random }) => {
      const node = oneOf(fleet.nodes, random);
      const places = Array.from({ length: placesAtOnce }, () => oneOf(placesOfWork, random));
      const armed = [...new Set(places)].map((place) => `${place}=kill@p0.1`);
      await node.stop();
      await node.upArmed([`seed=${random.between(1, 1_000_000)}`, ...armed].join(';'));
      return { target: node.name, end: () => ended(node) };
    },
  },
  {
    name: 'pause',
    about: 'a node stands still, and goes on',
    lastsMs: moments.long,
    obstacle: () => (process.platform === 'win32' ? 'processes cannot be stopped and continued here' : null),
    begin: async ({ fleet, random }) => {
      const node = oneOf(fleet.nodes, random);
      node.freeze();
      return await Promise.resolve({
        target: node.name,
        end: async () => {
          node.thaw();
          await Promise.resolve();
        },
      });
    },
  },
  {
    name: 'restart',
    about: 'a node is told to stop, and started again',
    lastsMs: moments.none,
    obstacle: possible,
    begin: async ({ fleet, random }) => {
      const node = oneOf(fleet.nodes, random);
      await node.stop();
      return { target: node.name, end: () => node.up() };
    },
  },
  {
    name: 'rolling-restart',
    about: 'one node after the other is told to stop, and started again',
    lastsMs: moments.none,
    obstacle: possible,
    begin: async (scene) => {
      await restartAll(scene);
      return { target: 'all', end: () => Promise.resolve() };
    },
  },
  {
    name: 'upgrade',
    about: 'one node after the other is replaced by one of another release',
    lastsMs: moments.none,
    obstacle: ({ upgradeTo }) => (upgradeTo === null ? 'no other release was given (--upgrade-to)' : null),
    begin: async (scene) => {
      const { fleet, upgradeTo } = scene;
      if (upgradeTo !== null) fleet.useProgram(programIn(upgradeTo));
      await restartAll(scene);
      return { target: 'all', end: () => Promise.resolve() };
    },
  },
];
