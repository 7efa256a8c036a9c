import { describe, expect, it } from '@jest/globals';
import { type KeptSecret, liveSecrets, rotated } from './webhook.state.js';

describe('the secrets of a listener', () => {
  const first: KeptSecret = { sealed: 's1', until: null };

  it('sign until they are rotated away, and not at that instant', () => {
    const secrets = rotated([first], 's2', 100);
    expect(secrets).toEqual([
      { sealed: 's2', until: null },
      { sealed: 's1', until: 100 },
    ]);
    expect([99, 100, 101].map((at) => liveSecrets(secrets, at))).toEqual([['s2', 's1'], ['s2'], ['s2']]);
  });

  it('end no later because another one comes', () => {
    expect(rotated([{ sealed: 's1', until: 50 }], 's2', 100)).toContainEqual({ sealed: 's1', until: 50 });
    expect(rotated([{ sealed: 's1', until: 150 }], 's2', 100)).toContainEqual({ sealed: 's1', until: 100 });
  });

  it('are the ten newest', () => {
    let secrets: readonly KeptSecret[] = [];
    for (let n = 1; n <= 12; n += 1) secrets = rotated(secrets, `s${n}`, 1_000);
    expect(secrets.map(({ sealed }) => sealed)).toEqual(Array.from({ length: 10 }, (_, n) => `s${12 - n}`));
  });
});
