import { describe, expect, it } from '@jest/globals';
import { changesBy, created } from './webhook.view.js';

const name = { webhookId: 'w1', clientId: 'c1' };
const requested = { url: 'https://example.com/', events: ['job.*'], description: 'mine' };

describe('a webhook as its client sees it', () => {
  it('is enabled when it is new, and shows no secret', () => {
    const data = { ...name, ...requested, sealedSecret: 's1', createdAt: 5 };
    expect(created({ type: 'WebhookCreated', data })).toEqual({
      ...{ ...name, ...requested, enabled: true, disabledReason: null, createdAt: 5, updatedAt: 5 },
    });
  });

  it('is what a change says', () => {
    expect(changesBy({ type: 'WebhookChanged', data: { ...name, ...requested, changedAt: 7 } })).toEqual({
      ...requested,
      updatedAt: 7,
    });
  });

  it('says why it is disabled, until it is enabled', () => {
    expect(changesBy({ type: 'WebhookDisabled', data: { ...name, reason: 'gone', changedAt: 7 } })).toEqual({
      ...{ enabled: false, disabledReason: 'gone', updatedAt: 7 },
    });
    expect(changesBy({ type: 'WebhookEnabled', data: { ...name, events: ['job.*'], changedAt: 8 } })).toEqual({
      ...{ enabled: true, disabledReason: null, updatedAt: 8 },
    });
  });
});
