/**
 * The timeline of a run as pictures that stand in a page: one for each tier, so that paper can break between them. Lengths
 * along time are in percent and letters in pixels: it is as readable on a phone as on a wall. Pure.
 */
import type { Report, Span, StepReport, TierReport } from '../model/report.ts';
import { criticalSteps, keyOf, tierCriticalSeconds } from './analysis.ts';
import { escaped } from './html-page.ts';
import { percent, secondsBetween, secondsText } from './text.ts';

/** Of the page that holds it. */
export const timelineStyle = `
  figure { margin: 0; break-inside: avoid; } figure svg { display: block; width: 100%; overflow: visible; }
  svg text { font: 12px system-ui, sans-serif; fill: var(--ink); } svg .tier text { font-size: 13px; font-weight: 700; } svg .tick, svg .note { fill: var(--quiet); font-size: 11px; font-weight: 400; }
  svg .grid { stroke: var(--line); stroke-width: 1; } svg .tierline { fill: var(--quiet); opacity: .55; }
  svg .engine { fill: #8c959f; stroke: #8c959f; } svg .gate { fill: #c9d1d9; stroke: #8c959f; }
  svg .critical .engine { fill: #0a58ca; stroke: #0a58ca; } svg .critical .gate { fill: #9ec5fe; stroke: #0a58ca; }
  svg .critical text { font-weight: 600; } svg .failed .name { fill: var(--bad); font-weight: 600; } svg .failed .engine, svg .failed .gate { fill: #b3261e; stroke: #b3261e; }
  svg .deciding { fill: #d4a72c; opacity: .28; } svg .crash { fill: #b3261e; opacity: .3; }
  .legend { display: flex; flex-wrap: wrap; gap: .2em 1.2em; padding: 0; margin: .4em 0; list-style: none; } .legend svg { width: 26px; height: 12px; vertical-align: -1px; }
`;

/** A name longer than this is cut in the middle: on a phone there is no room for more. */
const longestName = 34;

interface Scale {
  readonly from: number;
  readonly to: number;
  readonly bands: readonly { readonly on: 'deciding' | 'crash'; readonly span: Span }[];
  readonly ticks: readonly number[];
}

interface Bar {
  readonly on: string;
  readonly from: string;
  readonly to: string;
  readonly title: string;
}

interface Row {
  readonly name: string;
  readonly note: string;
  readonly className: string;
  readonly bars: readonly Bar[];
}

/** All of it, with legend; a sentence where the run began no tier. */
export function timeline(report: Report): string {
  const scale = scaleOf(report);
  const critical = criticalSteps(report);
  const tiersOf = (phase: TierReport['phase']): readonly TierReport[] =>
    report.tiers.filter((tier) => tier.phase === phase && tier.startedAt !== null);
  const groups = [
    before(report),
    ...tiersOf('one').flatMap((tier) => tierGroups(tier, report, critical)),
    betweenPhases(report),
    ...tiersOf('two').flatMap((tier) => tierGroups(tier, report, critical)),
    atTheEnd(report),
  ].filter((rows) => rows.length > 0);
  if (groups.length === 0) return '<p>No tier was begun.</p>';
  return [legend(report), axis(scale), ...groups.map((rows) => picture(rows, scale))].join('\n');
}

function scaleOf(report: Report): Scale {
  const steps = report.tiers.flatMap((tier) => [tier.healthyAt, ...tier.steps.map(({ healthyAt }) => healthyAt)]);
  const ends = [report.endedAt, report.verifiedAt, ...steps].flatMap((time) => (time ? [Date.parse(time)] : []));
  const from = Date.parse(report.startedAt);
  const to = Math.max(from + 1, ...ends);
  const bands = [
    ...(report.deciding ?? []).map((span) => ({ on: 'deciding', span }) as const),
    ...report.crashes.map(
      ({ lastSeen, resumedAt }) => ({ on: 'crash', span: { from: lastSeen, to: resumedAt } }) as const,
    ),
  ];
  return { from, to, bands, ticks: ticksOf((to - from) / 1000) };
}

const tickSteps = [
  0.1, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400,
];

/** Seconds from the start: at most five, at round numbers. */
function ticksOf(seconds: number): readonly number[] {
  const step = tickSteps.find((candidate) => seconds / candidate <= 5) ?? Math.ceil(seconds / 5 / 86_400) * 86_400;
  return Array.from({ length: Math.floor(seconds / step) + 1 }, (_, index) => index * step);
}

/** What came before the first tier. */
function before(report: Report): readonly Row[] {
  const first = report.tiers.find(({ startedAt }) => startedAt !== null)?.startedAt;
  if (!first) return [];
  return [plainRow('planning and preflight', report.startedAt, first)];
}

/** Every gate of phase one, looked at together. */
function betweenPhases(report: Report): readonly Row[] {
  const one = lastHealthy(report, 'one');
  const { phaseOneGateAt } = report;
  return one && phaseOneGateAt ? [plainRow('all gates of phase one, together', one, phaseOneGateAt)] : [];
}

function atTheEnd(report: Report): readonly Row[] {
  const { phaseTwoAt, verifiedAt } = report;
  const all = lastHealthy(report, 'two') ?? phaseTwoAt ?? lastHealthy(report, 'one');
  return all && verifiedAt ? [plainRow('the whole site verified', all, verifiedAt)] : [];
}

function lastHealthy(report: Report, phase: TierReport['phase']): string | undefined {
  const times = report.tiers.filter((tier) => tier.phase === phase).flatMap(({ healthyAt }) => healthyAt ?? []);
  return times.toSorted().at(-1);
}

function plainRow(name: string, from: string, to: string): Row {
  const took = secondsText(Math.max(0, secondsBetween(from, to)));
  return { name, note: took, className: '', bars: [{ on: 'gate', from, to, title: `${name}: ${took}` }] };
}

/** Rows of one picture: paper is broken between pictures, and the gap should be small. */
const rowsOfPicture = 12;

function tierGroups(tier: TierReport, report: Report, critical: ReadonlySet<string>): readonly (readonly Row[])[] {
  const steps = tier.steps.map((step) => stepRow(tier, step, report, critical.has(keyOf(tier.name, step))));
  const rows = [tierRow(tier, report), ...steps];
  return Array.from({ length: Math.ceil(rows.length / rowsOfPicture) }, (_, index) =>
    rows.slice(index * rowsOfPicture, (index + 1) * rowsOfPicture),
  );
}

function tierRow(tier: TierReport, report: Report): Row {
  const { startedAt, healthyAt } = tier;
  const from = startedAt ?? report.startedAt;
  const to = healthyAt ?? report.endedAt;
  const whole = report.times.criticalPath;
  const part = whole > 0 ? Math.min(1, tierCriticalSeconds(tier) / whole) : 0;
  const share = part > 0 ? `, ${percent(part, 0)} of the critical path` : '';
  const number = report.tiers.indexOf(tier) + 1;
  const note = `${healthyAt === null ? 'never healthy' : secondsText(secondsBetween(from, to))}${share}`;
  return {
    name: `${number} ${tier.name}`,
    note,
    className: 'tier',
    bars: [{ on: 'tierline', from, to, title: `tier ${tier.name}: ${note}` }],
  };
}

function stepRow(tier: TierReport, step: StepReport, report: Report, isCritical: boolean): Row {
  const isDone = step.state === 'done';
  const name = `${isCritical ? '◆ ' : ''}${cutInTheMiddle(step.name)}`;
  const colour = isCritical ? 'critical' : '';
  const isBad = step.state === 'failed' || step.state === 'restoring' || step.state === 'gating';
  const className = isBad ? 'failed' : colour;
  const { startedAt } = step;
  if (startedAt === undefined) {
    const note = step.state === 'not-run' ? 'not run' : `${isDone ? '' : `${step.state}, `}its times were not recorded`;
    return { name, note, className, bars: [] };
  }
  const end = step.healthyAt ?? tier.healthyAt ?? report.endedAt;
  const restored = step.restoredAt ?? (step.healthyAt === undefined ? end : startedAt);
  const took = secondsText(Math.max(0, secondsBetween(startedAt, end)));
  const title = `${tier.name}/${step.name}: ${step.state}, ${took}`;
  return {
    name,
    note: isDone ? took : `${step.state}, ${took}`,
    className,
    bars: [
      { on: 'engine', from: startedAt, to: restored, title: `${title}; restoring` },
      { on: 'gate', from: restored, to: end, title: `${title}; until it was healthy` },
    ],
  };
}

function cutInTheMiddle(name: string): string {
  if (name.length <= longestName) return name;
  return `${name.slice(0, longestName - 13)}…${name.slice(-12)}`;
}

const rowHeight = 32;

function picture(rows: readonly Row[], scale: Scale): string {
  const height = rows.length * rowHeight + 6;
  const label = rows.map(({ name, note }) => `${name}: ${note}`).join('; ');
  return `<figure><svg height="${height}" role="img" aria-label="${escaped(label)}">${backdrop(scale, height)}
${rows.map((row, index) => rowMarkup(row, index * rowHeight, scale)).join('\n')}</svg></figure>`;
}

function rowMarkup({ name, note, className, bars }: Row, top: number, scale: Scale): string {
  const isTier = className === 'tier';
  const rects = bars.map(({ on, from, to, title }) => {
    const place = placed(scale, { from, to });
    const size = isTier ? `y="${top + 22}" height="3"` : `y="${top + 19}" height="9" stroke-width="1"`;
    return `<rect class="${on}" ${place} ${size}><title>${escaped(title)}</title></rect>`;
  });
  return `<g class="${className}"><text x="${isTier ? 0 : 10}" y="${top + 14}"><tspan class="name">${escaped(name)}</tspan> <tspan class="note">${escaped(note)}</tspan></text>${rects.join('')}</g>`;
}

function backdrop(scale: Scale, height: number): string {
  const lines = scale.ticks.map((tick) => {
    const x = tickX(scale, tick);
    return `<line class="grid" x1="${x}" x2="${x}" y1="0" y2="${height}"/>`;
  });
  const bands = scale.bands.map(
    ({ on, span }) => `<rect class="${on}" ${placed(scale, span)} y="0" height="${height}"/>`,
  );
  return [...lines, ...bands].join('');
}

function axis(scale: Scale): string {
  const labels = scale.ticks.map((tick) => {
    const at = (tick * 1000) / (scale.to - scale.from);
    return `<text class="tick" x="${tickX(scale, tick)}" y="12" text-anchor="${anchorAt(at)}">${tickText(tick)}</text>`;
  });
  return `<figure><svg height="18" aria-hidden="true">${labels.join('')}</svg></figure>`;
}

/** Letters at the ends stay inside the picture. */
function anchorAt(place: number): 'start' | 'middle' | 'end' {
  if (place < 0.02) return 'start';
  return place > 0.94 ? 'end' : 'middle';
}

function tickX({ from, to }: Scale, seconds: number): string {
  return share((seconds * 1000) / (to - from));
}

/** `30 s`, `5 min`, `2 h`: ticks are round. */
function tickText(seconds: number): string {
  if (seconds >= 3600) return `${Number((seconds / 3600).toFixed(1))} h`;
  return seconds >= 120 || seconds === 60
    ? `${Number((seconds / 60).toFixed(1))} min`
    : `${Number(seconds.toFixed(1))} s`;
}

/** What took no time is seen all the same. */
const leastWidth = 0.002;

function placed({ from, to }: Scale, span: Span): string {
  const within = (time: string): number => Math.min(1, Math.max(0, (Date.parse(time) - from) / (to - from)));
  const begin = within(span.from);
  const width = Math.max(leastWidth, within(span.to) - begin);
  return `x="${share(Math.min(begin, 1 - leastWidth))}" width="${share(width)}"`;
}

function share(part: number): string {
  return `${Number((part * 100).toFixed(3))}%`;
}

function legend(report: Report): string {
  const sample = (className: string, on: string, words: string): string =>
    `<li><svg aria-hidden="true"><g class="${className}"><rect class="${on}" x="1" y="2" width="24" height="9"/></g></svg> ${words}</li>`;
  return `<ul class="legend">${[
    sample('critical', 'engine', '◆ on the critical path: restoring'),
    sample('critical', 'gate', 'until healthy'),
    sample('', 'engine', 'beside it: restoring'),
    sample('', 'gate', 'until healthy'),
    ...((report.deciding ?? []).length > 0 ? [sample('', 'deciding', 'people deciding')] : []),
    ...(report.crashes.length > 0 ? [sample('', 'crash', 'a worker was dead')] : []),
  ].join('')}</ul>`;
}
