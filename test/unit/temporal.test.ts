import { describe, expect, it } from 'vitest';
import type { Connection } from '@temporalio/client';
import { registerSearchAttributes } from '../../src/temporal.ts';

/** A server that answers to nothing but what is asked here. */
function serverThat(addSearchAttributes: () => Promise<unknown>): Connection {
  const operatorService = { listSearchAttributes: async () => ({ customAttributes: {} }), addSearchAttributes };
  return { operatorService } as unknown as Connection;
}
const refusal = (code: number, message: string) => () => Promise.reject(Object.assign(new Error(message), { code }));

describe('registering the search attributes', () => {
  it('says in one sentence who has to do it where this login may not', async () => {
    const why = await registerSearchAttributes(serverThat(refusal(7, '7 PERMISSION_DENIED: no\nstack')), 'dr');

    expect(why).toBe(
      'this login may not add search attributes (7 PERMISSION_DENIED: no): let somebody who may do it once, ' +
        '`temporal operator search-attribute create --namespace dr --name RekindleSite --type Keyword --name RekindlePlan --type Keyword --name RekindleState --type Keyword --name RekindleTier --type Keyword`',
    );
  });

  it('takes one that another worker has just added for well', async () => {
    expect(await registerSearchAttributes(serverThat(refusal(6, 'there already')), 'dr')).toBeUndefined();
  });

  it('hands on any other word of the server', async () => {
    expect(await registerSearchAttributes(serverThat(refusal(14, 'gone')), 'dr')).toBe('gone');
  });
});
