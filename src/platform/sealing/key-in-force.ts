import { type GivenKeys, SealingKeyUnusable } from './given-keys.js';
import { type SealingKey } from './sealing-key.js';

/** What a start has to do about the keys that it was given and those that the database knows of. */
type SealingVerdict =
  /** Seal with `current`. */
  | { readonly kind: 'fits'; readonly current: SealingKey }
  /** Put `current` into force first. */
  | { readonly kind: 'new'; readonly current: SealingKey }
  /** Make a key in the data folder first. */
  | { readonly kind: 'make' };

/**
 * Compares the keys at hand with the fingerprints in the database, the oldest first. Throws `SealingKeyUnusable` with the way
 * out. A key that was replaced is taken while the one in force is given as the previous one: so two nodes may be turned from
 * one key to the next in two steps, with both keys at both nodes in between.
 */
export function judgeKeys(
  { key, previous, isPreviousLost }: GivenKeys,
  fingerprints: readonly string[],
): SealingVerdict {
  const inForce = fingerprints.at(-1);
  const hasTurn = inForce === undefined || isPreviousLost || previous?.fingerprint === inForce;
  if (key === null) {
    if (hasTurn) return { kind: 'make' };
    throw new SealingKeyUnusable(`The sealing key ${inForce} of this database is missing. ${wayOut}`);
  }
  if (key.fingerprint === inForce) return { kind: 'fits', current: key };
  if (previous !== null && previous.fingerprint === inForce && fingerprints.includes(key.fingerprint))
    return { kind: 'fits', current: previous };
  if (hasTurn) return { kind: 'new', current: key };
  throw new SealingKeyUnusable(
    `FORGERUN_SEALING_KEY is the key ${key.fingerprint}, and this database is sealed with the key ${inForce}. ${wayOut}`,
  );
}

const wayOut =
  'Give that key, or give it as FORGERUN_SEALING_KEY_PREVIOUS beside a new one. Where it is lost, set ' +
  'FORGERUN_SEALING_KEY_PREVIOUS=lost: webhooks then wait until their secrets are rotated (docs/guides/sealing-key.md).';
