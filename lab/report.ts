import type { LabEvent, Report } from './events.ts';

interface Output {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

// In a pipe each note is a line of its own: often enough to see that it goes on, seldom enough to read.
const pipeIntervalMs = 10_000;

/** Shows events as they come: plain lines; in a terminal the progress of the part at work is one line that changes. */
export function showEvents(output: Output): Report {
  const startedAt = Date.now();
  let shownAt = 0;
  let open = false;
  const line = (text: string): void => {
    output.write(`${open ? '\r\u001B[K' : ''}${text}\n`);
    open = false;
  };
  return (event) => {
    const text = `${elapsed(startedAt)}  ${sentence(event)}`;
    if (event.progress === undefined) {
      line(text);
      shownAt = Date.now();
    } else if (output.isTTY === true) {
      output.write(`\r\u001B[K${text}`);
      open = true;
    } else if (Date.now() - shownAt >= pipeIntervalMs) {
      line(text);
      shownAt = Date.now();
    }
  };
}

/** One event as a line of text, without the time. */
export function sentence(event: LabEvent): string {
  switch (event.state) {
    case 'started':
      return `${event.part} …`;
    case 'done':
      return `${event.part}: done in ${seconds(event.seconds)}`;
    case 'failed':
      return `${event.part}: FAILED after ${seconds(event.seconds)}${event.message === undefined ? '' : `: ${event.message}`}`;
    case 'note':
      return `${event.part}: ${event.message ?? ''}${event.progress === undefined ? '' : ` ${event.progress.done}/${event.progress.total}`}`;
    default:
      return event.state satisfies never;
  }
}

function elapsed(startedAt: number): string {
  const total = Math.floor((Date.now() - startedAt) / 1000);
  return `${String(Math.floor(total / 60)).padStart(2, '0')}:${String(total % 60).padStart(2, '0')}`;
}

function seconds(value: number | undefined): string {
  return `${(value ?? 0).toFixed(1)} s`;
}
