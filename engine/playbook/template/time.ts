import { type Callable, str, truthy } from './python.ts';

/** Now; with `utc`, the date whose local parts are those of UTC. */
export function clockTime(utc: unknown): Date {
  const date = new Date();
  return truthy(utc ?? false) ? new Date(date.getTime() + date.getTimezoneOffset() * 60_000) : date;
}

/** Python's datetime as far as templates use it: strftime, isoformat, timestamp. */
export function clock(date: Date): Record<string, unknown> {
  const two = (part: number): string => String(part).padStart(2, '0');
  const iso = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}T${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  const strftime: Callable = ([format]) => strftimeOf(date, str(format));
  const timestamp: Callable = () => date.getTime() / 1000;
  const isoformat: Callable = () => iso;
  return {
    strftime,
    timestamp,
    isoformat,
    year: date.getFullYear(),
    month: date.getMonth() + 1,
    day: date.getDate(),
    hour: date.getHours(),
    minute: date.getMinutes(),
    second: date.getSeconds(),
  };
}

/** The conversions of strftime(3) that are in common use. */
export function strftimeOf(date: Date, format: string): string {
  const two = (part: number): string => String(part).padStart(2, '0');
  const name = (options: Intl.DateTimeFormatOptions): string => new Intl.DateTimeFormat('en', options).format(date);
  const parts: Record<string, () => string> = {
    Y: () => String(date.getFullYear()),
    y: () => two(date.getFullYear() % 100),
    m: () => two(date.getMonth() + 1),
    d: () => two(date.getDate()),
    H: () => two(date.getHours()),
    I: () => two(date.getHours() % 12 || 12),
    M: () => two(date.getMinutes()),
    S: () => two(date.getSeconds()),
    f: () => `${String(date.getMilliseconds()).padStart(3, '0')}000`,
    p: () => (date.getHours() < 12 ? 'AM' : 'PM'),
    j: () => String(dayOfYear(date)).padStart(3, '0'),
    w: () => String(date.getDay()),
    u: () => String(date.getDay() || 7),
    U: () => two(weekFrom(date, 0)),
    W: () => two(weekFrom(date, 1)),
    V: () => two(isoWeek(date).week),
    G: () => String(isoWeek(date).year),
    e: () => String(date.getDate()).padStart(2, ' '),
    D: () => strftimeOf(date, '%m/%d/%y'),
    R: () => strftimeOf(date, '%H:%M'),
    s: () => String(Math.floor(date.getTime() / 1000)),
    a: () => name({ weekday: 'short' }),
    A: () => name({ weekday: 'long' }),
    b: () => name({ month: 'short' }),
    B: () => name({ month: 'long' }),
    z: () => offset(date),
    Z: () => name({ timeZoneName: 'short' }).split(', ')[1] ?? 'UTC',
    F: () => strftimeOf(date, '%Y-%m-%d'),
    T: () => strftimeOf(date, '%H:%M:%S'),
    '%': () => '%',
  };
  return format.replace(/%([A-Za-z%])/g, (found, letter: string) => parts[letter]?.() ?? found);
}

const DAY = 86_400_000;
const dayOf = (date: Date): number => Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) / DAY;
const dayOfYear = (date: Date): number => dayOf(date) - dayOf(new Date(date.getFullYear(), 0, 1)) + 1;

/** The week of the year, where weeks begin on Sunday (0) or Monday (1). */
const weekFrom = (date: Date, first: number): number =>
  Math.floor((dayOfYear(date) + 6 - ((date.getDay() + 7 - first) % 7)) / 7);

/** The week that holds the Thursday nearest to the date, and its year. */
function isoWeek(date: Date): { week: number; year: number } {
  const thursday = new Date(date.getFullYear(), date.getMonth(), date.getDate() + 4 - (date.getDay() || 7));
  return { week: Math.ceil(dayOfYear(thursday) / 7), year: thursday.getFullYear() };
}

function offset(date: Date): string {
  const minutes = -date.getTimezoneOffset();
  const two = (part: number): string => String(Math.floor(Math.abs(part))).padStart(2, '0');
  return `${minutes < 0 ? '-' : '+'}${two(minutes / 60)}${two(minutes % 60)}`;
}
