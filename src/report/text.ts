/** Small words that every form of the report shares. Pure. */
import type { Outcome } from '../model/run.ts';

/** `850 ms`, `42.3 s`, `4 min 05 s`, `2 h 03 min`. */
export function secondsText(seconds: number): string {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
  const minutes = Math.round(whole / 60);
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
  return `${(minutes / 1440).toFixed(1)} d`;
}

/** Seconds from one ISO time to another. */
export function secondsBetween(from: string, to: string): number {
  return (Date.parse(to) - Date.parse(from)) / 1000;
}

/** `71 %`, `0.4 %`: of a share between 0 and 1. */
export function percent(share: number, digits = 1): string {
  return `${(share * 100).toFixed(digits)} %`;
}

/** What an outcome means, in a sentence for somebody who was not there. */
export const outcomeMeaning: { readonly [O in Outcome]: string } = {
  recovered: 'the site is back, everything of the backup is accounted for, and data was asserted',
  'recovered-with-exceptions': 'the site is back, with the exceptions listed below',
  inconclusive: 'every gate held, but no check asserted data: whether the data is back was not shown',
  aborted: 'the recovery was ended before the site was back; what had been restored was left as it is',
  failed: 'the site is not back',
};

/** `1 step`, `2 steps`. */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}

/** `1,234` for people. */
export function grouped(number: number): string {
  return String(number).replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

/** Text of others, on one line: what a file or a cluster says must not drive the terminal. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ');
}

/** With a capital and a full stop. */
export function sentence(text: string): string {
  return /[.!?]$/.test(text) ? capital(text) : `${capital(text)}.`;
}

/** With a capital. */
export function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
