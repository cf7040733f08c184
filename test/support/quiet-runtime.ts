import { DefaultLogger, Runtime } from '@temporalio/worker';

let installed = false;

/** Errors alone are logged: that an attempt fails is part of many tests and no news. Before anything else of Temporal. */
export function quietRuntime(): void {
  if (installed) return;
  installed = true;
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: { logging: { filter: { core: 'ERROR', other: 'ERROR' } } },
  });
}
