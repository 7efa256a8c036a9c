import { type Fleet } from '../target/fleet.js';
import { type TcpGate } from '../target/tcp-gate.js';
import { type Fault, moments, oneOf, possible, type Scene } from './fault.js';

const delayMs = [20, 250] as const;

/** A way by which one node reaches a server, or all of them together. */
function someWays({ fleet, random }: Pick<Scene, 'fleet' | 'random'>): {
  readonly target: string;
  readonly gates: readonly TcpGate[];
} {
  const servers = [
    { server: 'database', ways: fleet.waysToDatabase },
    { server: 'store', ways: fleet.waysToStore },
  ].filter(({ ways }) => ways.length > 0);
  const { server, ways } = oneOf(servers, random);
  if (random.happens(0.3)) return { target: `all to the ${server}`, gates: ways.map(({ gate }) => gate) };
  const { node, gate } = oneOf(ways, random);
  return { target: `${node} to the ${server}`, gates: [gate] };
}

const onWays = (name: string, about: string, treat: (gate: TcpGate, scene: Scene) => void): Fault => ({
  name,
  about,
  lastsMs: moments.long,
  obstacle: possible,
  begin: async (scene) => {
    const { target, gates } = someWays(scene);
    for (const gate of gates) treat(gate, scene);
    return await Promise.resolve({
      target,
      end: async () => {
        for (const gate of gates) gate.heal();
        await Promise.resolve();
      },
    });
  },
});

/** What happens between engines, their servers and their callers. */
export const networkFaults: readonly Fault[] = [
  onWays('cut', 'connections to a server are cut, and no new ones come through', (gate) => {
    gate.shut();
  }),
  onWays('silence', 'connections to a server stay open, and nothing comes through', (gate) => {
    gate.silence();
  }),
  onWays('delay', 'everything between a node and a server takes longer', (gate, { random }) => {
    gate.slow(random.between(...delayMs));
  }),
  {
    name: 'hang-up',
    about: 'connections of clients are cut, twice',
    lastsMs: moments.short,
    obstacle: possible,
    begin: async ({ fleet }) => {
      fleet.front?.cut();
      return await Promise.resolve({ target: 'clients', end: () => hungUp(fleet) });
    },
  },
];

async function hungUp(fleet: Fleet): Promise<void> {
  fleet.front?.cut();
  await Promise.resolve();
}
