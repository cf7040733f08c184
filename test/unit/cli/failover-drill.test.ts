import { describe, expect, it } from 'vitest';
import { drillRequest } from '../../../src/cli/failover-drill.ts';
import { parseDrillRequest } from '../../../src/recovery/drill-request.ts';

describe('what `rekindle failover-drill` asks for', () => {
  it('is what was typed, and what the workflow takes', () => {
    const request = drillRequest('bookstore', {
      keepFor: '2h',
      onFailure: 'hold',
      askApproval: true,
      reason: 'quarterly',
    });

    expect(request).toEqual({
      ...{ plan: 'bookstore', keepFor: '2h', onFailure: 'hold', onApproval: 'wait', reason: 'quarterly' },
    });
    expect(() => parseDrillRequest(request)).not.toThrow();
    expect(drillRequest('bookstore', {})).toEqual({ plan: 'bookstore' });
  });

  it('refuses what it cannot ask for, with the verb that was typed', () => {
    expect(() => drillRequest('plans/bookstore.yaml', {})).toThrow('`rekindle failover-drill bookstore`');
    expect(() => drillRequest('bookstore', { keepFor: 'long' })).toThrow('--keep-for "long" is not understood');
    expect(() => drillRequest('bookstore', { keepFor: '8d' })).toThrow(
      '--keep-for 8d is longer than a drill may stand, which is 7d',
    );
    expect(drillRequest('bookstore', { keepFor: '7d' }).keepFor).toBe('7d');
  });
});
