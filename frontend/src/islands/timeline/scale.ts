/** The time axis: seconds to pixels, and ticks that fall on the county's clock. Pure. */

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86400;

/** A visible span of time on a width of pixels. */
export interface Window {
  from: number;
  until: number;
}

export interface Tick {
  at: number;
  label: string;
}

export interface Axis {
  step: number;
  /** Each tick of the fine row. */
  minor: Tick[];
  /** Days above hours, or years above days; the first one may begin before the window. */
  major: Tick[];
}

/** Seconds a zone is ahead of UTC at an instant. */
export type OffsetAt = (at: number) => number;

const STEPS = [
  MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE,
  HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR,
  DAY, 2 * DAY, 7 * DAY, 14 * DAY, 28 * DAY, 56 * DAY, 112 * DAY, 364 * DAY,
];

/** Smallest span one may zoom into, seconds. */
export const CLOSEST_S = 5 * MINUTE;

export function x(window: Window, width: number, at: number): number {
  return ((at - window.from) / (window.until - window.from)) * width;
}

export function timeAt(window: Window, width: number, px: number): number {
  return window.from + (px / width) * (window.until - window.from);
}

/** Zoom by `factor` (< 1 = closer) keeping the instant `anchor` where it is; never closer than CLOSEST_S nor wider than `widest`. */
export function zoomed(window: Window, factor: number, anchor: number, widest: number): Window {
  const span = window.until - window.from;
  const wanted = Math.min(Math.max(span * factor, CLOSEST_S), Math.max(widest, CLOSEST_S));
  const part = (anchor - window.from) / span;
  const from = anchor - part * wanted;
  return { from, until: from + wanted };
}

/** Keep at least half of the window over the data's span. */
export function kept(window: Window, data: Window): Window {
  const margin = (window.until - window.from) * 0.5;
  const early = data.from - margin - window.from;
  const late = data.until + margin - window.until;
  const move = early > 0 ? early : Math.min(late, 0);
  return { from: window.from + move, until: window.until + move };
}

/** The offset of an IANA zone, from the browser's own tables. */
export function zoneOffset(zone: string): OffsetAt {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  return (at) => {
    const whole = Math.floor(at);
    const part = Object.fromEntries(format.formatToParts(whole * 1000).map(({ type, value }) => [type, Number(value)]));
    const local = Date.UTC(part["year"] ?? 0, (part["month"] ?? 1) - 1, part["day"], part["hour"], part["minute"], part["second"]);
    return local / 1000 - whole;
  };
}

const two = (value: number): string => String(value).padStart(2, "0");

function wall(at: number, offset: OffsetAt): Date {
  return new Date((at + offset(at)) * 1000);
}

export function dayLabel(at: number, offset: OffsetAt): string {
  const date = wall(at, offset);
  return `${two(date.getUTCMonth() + 1)}-${two(date.getUTCDate())}`;
}

export function clockLabel(at: number, offset: OffsetAt): string {
  const date = wall(at, offset);
  return `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}`;
}

/** 12-07 09:00 in the zone. */
export function instantLabel(at: number, offset: OffsetAt): string {
  return `${dayLabel(at, offset)} ${clockLabel(at, offset)}`;
}

/** Multiples of `step` on the zone's clock inside the window; days of several are counted from Monday 1970-01-05. */
function marks(window: Window, step: number, offset: OffsetAt): number[] {
  const shift = step > DAY ? 4 * DAY : 0;
  const found: number[] = [];
  let local = Math.ceil((window.from + offset(window.from) - shift) / step) * step + shift;
  for (;;) {
    const at = local - offset(local - offset(window.from));
    if (at > window.until) return found;
    if (at >= window.from) found.push(at);
    local += step;
  }
}

/** Start of the zone's day or year that holds `at`. */
function startOf(at: number, offset: OffsetAt, unit: "day" | "year"): number {
  const date = wall(at, offset);
  const local = Date.UTC(date.getUTCFullYear(), unit === "day" ? date.getUTCMonth() : 0, unit === "day" ? date.getUTCDate() : 1) / 1000;
  return local - offset(local - offset(at));
}

function majors(window: Window, offset: OffsetAt, unit: "day" | "year"): Tick[] {
  const found: Tick[] = [];
  let at = startOf(window.from, offset, unit);
  while (at <= window.until) {
    const label = unit === "day" ? dayLabel(at, offset) : String(wall(at, offset).getUTCFullYear());
    found.push({ at, label });
    at = startOf(at + (unit === "day" ? 1.25 * DAY : 370 * DAY), offset, unit);
  }
  return found;
}

/** Ticks at least `apart` pixels from each other. */
export function axis(window: Window, width: number, offset: OffsetAt, apart = 62): Axis {
  const perPixel = (window.until - window.from) / Math.max(width, 1);
  const step = STEPS.find((one) => one >= perPixel * apart) ?? 364 * DAY;
  const label = step < DAY ? clockLabel : dayLabel;
  return {
    step,
    minor: marks(window, step, offset).map((at) => ({ at, label: label(at, offset) })),
    major: majors(window, offset, step < DAY ? "day" : "year"),
  };
}
