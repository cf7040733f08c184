import type { DriverContext } from '../drivers/driver.ts';
import type { ObjectRef } from '../model/verdict.ts';
import { account } from './accounting.ts';
import { stepFacts } from './observe.ts';
import type { RestoreHandle } from './restore.ts';
import type { VeleroSpec } from './spec.ts';

/** The claims that a step wants and that were there before: why it is held as ExistingObject, as far as claims go. */
export async function existingClaims(
  ctx: DriverContext,
  spec: VeleroSpec,
  handle: RestoreHandle,
): Promise<readonly ObjectRef[]> {
  const facts = await stepFacts(ctx, spec, handle.restore.namespace, 'all');
  return account(facts).flatMap(({ item, at, account: found }): ObjectRef[] => {
    if (found !== 'existing' || item.resource !== 'persistentvolumeclaims') return [];
    const { apiVersion, kind, namespace, name } = at;
    return [{ apiVersion, kind, name, ...(namespace ? { namespace } : {}) }];
  });
}
