import type { WorkerOptions } from '@temporalio/worker';

/** Small numbers on purpose: what they cost is heartbeats, what they save is minutes without a worker. */
export const workerTuning = {
  // A heartbeat is recorded within a second, so the last one before a crash is fresh.
  maxHeartbeatThrottleInterval: '1s',
  // The task after a crash waits this long for the dead worker before any other may have it; Temporal's default is 10 s.
  stickyQueueScheduleToStartTimeout: '3s',
  // A waiting step holds a slot for as long as it waits.
  maxConcurrentActivityTaskExecutions: 200,
  // A stopped worker lets short acts end, then hands over: what a wait has to give is in its last heartbeat already.
  shutdownGraceTime: '250ms',
  shutdownForceTime: '20s',
} as const satisfies Partial<WorkerOptions>;
