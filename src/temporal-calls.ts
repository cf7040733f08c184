/** How calls to Temporal are tried again, and what becomes of those that still wait when the connection is closed. */
import { type ConnectionOptions, defaultGrpcRetryOptions, makeGrpcRetryInterceptor } from '@temporalio/client';

type Interceptor = NonNullable<ConnectionOptions['interceptors']>[number];
type NextCall = Parameters<Interceptor>[1];

/** The client's own pauses grow to 5 s: a command that is told to end would stay for so long, and Temporal be back unseen. */
const longestPauseMs = 1_000;
/** With such pauses as patient as the client's own ten attempts: about 20 s. */
const maxAttempts = 23;

const grpcCancelled = 1;
const grpcUnavailable = 14;

/** The calls of one connection. */
export interface Calls {
  readonly interceptors: readonly Interceptor[];
  /** From now on what would be tried again ends as cancelled. Call it before the connection is closed. */
  end(): void;
}

/**
 * The client's retries (1.24.0, grpc-retry.js), but for two things: an outage is looked at each second, and a retry that
 * comes due after the connection was closed ends its call. There it throws out of a timer and takes the process along.
 */
export function retriedCalls(): Calls {
  let ended = false;
  const usual = defaultGrpcRetryOptions();
  const retry = makeGrpcRetryInterceptor({
    delayFunction: (attempt, status) => {
      const pauseMs = usual.delayFunction(attempt, status);
      return status.code === grpcUnavailable ? Math.min(pauseMs, longestPauseMs) : pauseMs;
    },
    retryableDecider: (attempt, status) => {
      if (ended) return false;
      if (status.code !== grpcUnavailable) return usual.retryableDecider(attempt, status);
      return attempt < maxAttempts && usual.retryableDecider(1, status);
    },
  });
  const interceptor: Interceptor = (options, nextCall) =>
    retry(options, (next) => {
      if (ended) return endedCall();
      return nextCall(next);
    });
  return { interceptors: [interceptor], end: () => (ended = true) };
}

/** A call that nobody makes any more. */
function endedCall(): ReturnType<NextCall> {
  const nothing = () => undefined;
  return {
    start: (metadata, listener) => {
      const details = 'the connection to Temporal was closed';
      // The retries hand a message on before each status.
      listener?.onReceiveMessage?.(null);
      listener?.onReceiveStatus?.({ code: grpcCancelled, details, metadata });
    },
    cancelWithStatus: nothing,
    sendMessage: nothing,
    sendMessageWithContext: nothing,
    startRead: nothing,
    halfClose: nothing,
    getPeer: () => 'nobody',
    getAuthContext: () => null,
  };
}
