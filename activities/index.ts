import { controlActivities } from './control.ts';
import { type ActivityDeps, share } from './deps.ts';
import { drillingActivities } from './drilling.ts';
import { endingActivities } from './ending.ts';
import { gateActivities } from './gates.ts';
import { lookingActivities } from './looking.ts';
import { planningActivities } from './planning.ts';
import { precedenceActivities } from './precedence.ts';
import { preflightActivities } from './preflight.ts';
import { quiesceActivities } from './quiesce.ts';
import { stepActivities } from './steps.ts';

export type { ActivityDeps } from './deps.ts';

/** Everything that acts, bound to one worker's clients. */
export function createActivities(deps: ActivityDeps) {
  const shared = share(deps);
  return {
    ...planningActivities(shared),
    ...lookingActivities(shared),
    ...preflightActivities(shared),
    ...quiesceActivities(shared),
    ...stepActivities(shared),
    ...gateActivities(shared),
    ...controlActivities(shared),
    ...endingActivities(shared),
    ...drillingActivities(shared),
    ...precedenceActivities(shared),
  };
}

/** What a workflow sees of the activities: their types. */
export type Activities = ReturnType<typeof createActivities>;
