// Dates, numbers and wall times as the reader writes them, in the reader's zone unless it says whose.
import { language } from './prefs';
import { isZone, zone } from './session';
import { tr } from './i18n';
import type { WallWindow } from './types';

const locale = () => (language.value === 'es' ? 'es-US' : 'en-US');
const formats = new Map<string, Intl.DateTimeFormat>();

function dates(options: Intl.DateTimeFormatOptions, inZone = zone.value): Intl.DateTimeFormat {
  const key = `${locale()}|${inZone}|${JSON.stringify(options)}`;
  let it = formats.get(key);
  if (!it) {
    it = new Intl.DateTimeFormat(locale(), { ...options, timeZone: inZone });
    formats.set(key, it);
  }
  return it;
}

export const number = (n: number, digits = 0) =>
  new Intl.NumberFormat(locale(), { maximumFractionDigits: digits }).format(n);

export const dollars = (n: number) =>
  new Intl.NumberFormat(locale(), { style: 'currency', currency: 'USD', maximumFractionDigits: 0 }).format(n);

export const time = (at: string | number | Date) => dates({ hour: 'numeric', minute: '2-digit' }).format(new Date(at));
export const moment = (at: string | number) =>
  dates({ weekday: 'short', month: 'short', day: 'numeric', hour: 'numeric', minute: '2-digit' }).format(new Date(at));

/** A calendar day "2026-11-20": nobody's instant, so no zone moves it. */
export const day = (date: string) =>
  dates({ weekday: 'long', month: 'long', day: 'numeric' }, 'UTC').format(new Date(`${date}T12:00:00Z`));

const dayKey = (at: Date) => dates({ year: 'numeric', month: '2-digit', day: '2-digit' }).format(at);

/** Time of day when it is today, else with its day. */
export function when(at: string, now = Date.now()): string {
  const d = new Date(at);
  return dayKey(d) === dayKey(new Date(now)) ? time(d) : moment(at);
}

const STEPS: [number, Intl.RelativeTimeFormatUnit][] = [[60, 'minute'], [3600, 'hour'], [86400, 'day'], [604800, 'week']];

export function ago(at: string, now = Date.now()): string {
  const s = (now - Date.parse(at)) / 1000;
  if (Number.isNaN(s)) return '';
  if (Math.abs(s) < 60) return tr().time.justNow;
  let [size, unit] = STEPS[0]!;
  for (const [bigger, name] of STEPS) if (Math.abs(s) >= bigger) [size, unit] = [bigger, name];
  return new Intl.RelativeTimeFormat(locale(), { numeric: 'always', style: 'short' }).format(-Math.floor(s / size), unit);
}

export function seconds(s: number): string {
  const [n, unit] = s < 60 ? [s, 'second'] : s < 3600 ? [s / 60, 'minute'] : s < 86400 ? [s / 3600, 'hour'] : [s / 86400, 'day'];
  return new Intl.NumberFormat(locale(), { style: 'unit', unit: unit as string, unitDisplay: 'long', maximumFractionDigits: 0 })
    .format(n as number);
}

/** "New York" of "America/New_York". */
export const city = (name: string) => (name.split('/').pop() ?? name).replaceAll('_', ' ');

/** Minutes that `inZone` is ahead of UTC at `at`. */
function offsetMinutes(at: number, inZone: string): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone: inZone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric',
  }).formatToParts(at);
  const get = (type: string) => Number(parts.find((p) => p.type === type)?.value ?? 0);
  return Math.round((Date.UTC(get('year'), get('month') - 1, get('day'), get('hour'), get('minute')) - Math.floor(at / 60000) * 60000) / 60000);
}

/** The instant at which clocks in `inZone` show this date and time. */
export function instant(date: string, hhmm: string, inZone: string): number {
  const wall = Date.parse(`${date}T${hhmm === '24:00' ? '00:00' : hhmm}:00Z`) + (hhmm === '24:00' ? 86_400_000 : 0);
  const first = wall - offsetMinutes(wall, inZone) * 60000;
  return wall - offsetMinutes(first, inZone) * 60000;
}

/** Hours into the reader's day (0..24, may lie outside when the zones are far apart). */
export function readerHour(date: string, hhmm: string, inZone: string): number {
  return (instant(date, hhmm, inZone) - instant(date, '00:00', zone.value)) / 3_600_000;
}

const HOUR: Intl.DateTimeFormatOptions = { hour: 'numeric' };
const MINUTE: Intl.DateTimeFormatOptions = { hour: 'numeric', minute: '2-digit' };
/** "2 PM" says as much as "2:00 PM". */
const clockOf = (...hhmm: string[]) => (hhmm.every((t) => t.endsWith(':00')) ? HOUR : MINUTE);
const onWall = (hhmm: string) => new Date(`2026-01-05T${hhmm === '24:00' ? '00:00' : hhmm}:00Z`);

function wall(hhmm: string): string {
  return dates(clockOf(hhmm), 'UTC').format(onWall(hhmm));
}

/** "2:00–4:00 PM", as the clock on the wall of that zone says. */
export function range(from: string, to: string): string {
  const together = from < to && to !== '24:00';
  return together ? dates(clockOf(from, to), 'UTC').formatRange(onWall(from), onWall(to)) : `${wall(from)} – ${wall(to)}`;
}

export const sameClock = (a: string, b: string, at = Date.now()) => a === b || offsetMinutes(at, a) === offsetMinutes(at, b);

const first = (name: string) => name.trim().split(/\s+/)[0] || name;

/** A window on another person's clock, saying whose, and what that is on the reader's where it differs. */
export function windowText(w: WallWindow, name: string, date?: string): string {
  const t = tr().time;
  const theirs = range(w.from, w.to);
  if (!w.zone || !isZone(w.zone)) return t.theirs(theirs, first(name));
  if (sameClock(w.zone, zone.value)) return theirs;
  const on = date ?? new Intl.DateTimeFormat('en-CA', { timeZone: w.zone }).format(new Date());
  const from = instant(on, w.from, w.zone);
  const to = instant(on, w.to, w.zone);
  const whole = from % 3_600_000 === 0 && to % 3_600_000 === 0 && clockOf(w.from, w.to) === HOUR;
  const mine = dates(whole ? HOUR : MINUTE).formatRange(from, to);
  return t.theirsAndYours(theirs, first(name), city(w.zone), mine);
}

export const wallTime = wall;
export const firstName = first;

/** "18:30" now on the clock of a zone. */
export const clockIn = (inZone: string) => dates({ hour: 'numeric', minute: '2-digit' }, inZone).format(new Date());
export const hourIn = (inZone: string) =>
  Number(new Intl.DateTimeFormat('en-US', { timeZone: inZone, hourCycle: 'h23', hour: 'numeric' }).format(new Date()));
