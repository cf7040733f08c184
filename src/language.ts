import { drivers } from './drivers/registry.ts';
import { checks } from './health/checks/registry.ts';
import { expressionFault } from './health/expression.ts';
import type { PlanLanguage } from './plan/language.ts';

/** The plan language of this version: the plan's own words, with the registered drivers and checks. */
export const language: PlanLanguage = { drivers, checks, expressionFault };
