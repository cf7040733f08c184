/** What the projects' global setups hand to the tests: read it with vitest's `inject`. */
import type { LabInfo } from '../../lab/lab.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** A real Temporal server that runs as long as the project's tests. */
    temporal: { readonly address: string; readonly namespace: string };
    /** File of the workflow bundle, built once for the project. */
    workflowBundle: string;
    /** The lab that runs as long as the project's tests. */
    lab: LabInfo;
  }
}
