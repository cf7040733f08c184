import { readStatus, type StatusFacts } from './failure.ts';
import { isRecord, parseJson, textAt } from './read.ts';
import type { ExecResult } from './types.ts';

/** Each stream is cut here unless told: enough for one value, small enough for memory. */
const defaultLimitBytes = 64 * 1024;

/** First byte of a frame of the channel protocol (client-go, tools/remotecommand): which stream it belongs to. */
const channels = { stdout: 1, stderr: 2, status: 3 } as const;

/** Collects what a command printed. */
export interface ExecOutput {
  /** Takes one frame; the status, once it has come. */
  take(frame: Buffer): StatusFacts | undefined;
  result(exitCode: number): ExecResult;
}

/** Makes an empty output that is cut at a number of bytes for each stream. */
export function createExecOutput(limitBytes = defaultLimitBytes): ExecOutput {
  const stdout = createStream(limitBytes);
  const stderr = createStream(limitBytes);
  return {
    take: (frame) => {
      const data = frame.subarray(1);
      // The kubelet opens every channel with an empty frame, that of the status too: it says nothing yet.
      if (data.length === 0) return undefined;
      if (frame[0] === channels.stdout) stdout.add(data);
      if (frame[0] === channels.stderr) stderr.add(data);
      return frame[0] === channels.status ? readExecStatus(data.toString('utf8')) : undefined;
    },
    result: (exitCode) => ({
      exitCode,
      stdout: stdout.text(),
      stderr: stderr.text(),
      cut: stdout.isCut() || stderr.isCut(),
    }),
  };
}

/**
 * A status frame that cannot be read counts as a failure without an exit code, never as success. The kubelet leaves
 * `kind` out of it (seen with 1.34: `{"metadata":{},"status":"Success"}`), so it is told by its `status` field.
 */
function readExecStatus(text: string): StatusFacts {
  const frame = parseJson(text);
  const isStatus = isRecord(frame) && ['Success', 'Failure'].includes(textAt(frame, 'status') ?? '');
  return (
    readStatus(isStatus ? { ...frame, kind: 'Status' } : frame) ?? {
      code: 0,
      success: false,
      reason: '',
      message: 'its end was reported in an unknown form',
      details: { name: undefined, kind: undefined },
      causes: [],
    }
  );
}

interface Stream {
  add(data: Buffer): void;
  text(): string;
  isCut(): boolean;
}

function createStream(limitBytes: number): Stream {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  let cut = false;
  return {
    add: (data) => {
      const room = limitBytes - sizeBytes;
      if (data.length > room) cut = true;
      if (room <= 0) return;
      const piece = data.subarray(0, room);
      chunks.push(piece);
      sizeBytes += piece.length;
    },
    text: () => Buffer.concat(chunks).toString('utf8'),
    isCut: () => cut,
  };
}
