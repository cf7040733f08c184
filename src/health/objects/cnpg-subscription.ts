import { cnpgApplied } from '../cnpg.ts';

/**
 * Applied in its cluster: declared, which does not say that rows flow from the publisher. Source: CloudNativePG 1.30,
 * api/v1/subscription_types.go SubscriptionStatus.
 */
export const cnpgSubscription = cnpgApplied('Subscription');
