import { type GivenKeys, givenKeys, SealingKeyUnusable, type SealingSettings } from '../platform/sealing/given-keys.js';
import { judgeKeys } from '../platform/sealing/key-in-force.js';
import { fingerprintsIfMade } from '../platform/sealing/open-sealing.js';
import { withClient } from '../platform/postgres/pools.js';
import { heardByTheQuestion, limits } from './doctor-installation.js';
import { bad, type Finding, good } from './doctor-machine.js';

/** What a start would say of the sealing key. Without a database that can be asked: only whether it can be had. */
export async function lookAtSealingKey(settings: SealingSettings, database: string | null): Promise<Finding> {
  try {
    const fingerprints = database === null ? null : await fingerprintsAt(database);
    // After them, as a start reads them: another node may be making both.
    const given = await givenKeys(settings);
    return good(fingerprints === null ? withoutDatabase(given) : verdictOf(given, fingerprints));
  } catch (error) {
    if (!(error instanceof SealingKeyUnusable)) throw error;
    return bad(error.message, 'docs/guides/sealing-key.md says what to do.');
  }
}

async function fingerprintsAt(connectionString: string): Promise<readonly string[]> {
  return await withClient(
    { connectionString, ...limits, onError: heardByTheQuestion },
    async (client) => (await fingerprintsIfMade(client)) ?? [],
  );
}

const withoutDatabase = ({ key }: GivenKeys): string =>
  key === null ? 'the first start makes a sealing key in the data folder' : 'the sealing key can be read';

function verdictOf(given: GivenKeys, fingerprints: readonly string[]): string {
  const { kind } = judgeKeys(given, fingerprints);
  return kind === 'fits'
    ? 'the sealing key is the one that the database is sealed with'
    : `the next start ${kind === 'make' ? 'makes a sealing key in the data folder' : 'puts the sealing key into force'}`;
}
