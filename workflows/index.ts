/** The workflow types that a worker serves: the names that a person types in the Temporal UI. Nothing else is exported. */
export { drillSite } from './drill-site.ts';
export { recoverSite } from './recover-site.ts';
