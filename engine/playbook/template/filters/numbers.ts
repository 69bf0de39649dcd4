import { filter } from '../environment.ts';
import { binary } from '../operators.ts';
import { float, isInteger, isNumber, numberOf, order, str, textOf, truthy, typeName, UseProblem } from '../python.ts';

function number(value: unknown): number {
  if (isNumber(value)) return numberOf(value);
  if (typeof value === 'boolean') return Number(value);
  throw new UseProblem(`this needs a number, and it is ${typeName(value)}`);
}

/** Python rounds a half to the even neighbour; Jinja's round does as Python's for the method `common`. */
function round(value: number, precision: number, method: string): number {
  if (!['common', 'ceil', 'floor'].includes(method)) throw new UseProblem('round goes by common, ceil or floor');
  if (method === 'common' && precision >= 0 && precision <= 100 && !isHalf(value, precision))
    return Number(value.toFixed(precision));
  const scale = 10 ** precision;
  if (method === 'ceil') return Math.ceil(value * scale) / scale;
  if (method === 'floor') return Math.floor(value * scale) / scale;
  const scaled = value * scale;
  const down = Math.floor(scaled);
  const half = scaled - down === 0.5;
  return (half ? down + (down % 2 === 0 ? 0 : 1) : Math.round(scaled)) / scale;
}

/** Whether the value stands exactly between two neighbours; 0.125 does, and 2.675 does not, as binary has it. */
const isHalf = (value: number, precision: number): boolean =>
  Number.isInteger(value * 2 ** (precision + 1)) && Math.abs((value * 10 ** precision * 2) % 2) === 1;

function logarithm(value: unknown): number {
  if (number(value) <= 0) throw new UseProblem(`${str(value)} has no logarithm`);
  return Math.log(number(value));
}

/** Jinja's filesizeformat: one decimal, in steps of 1000, or of 1024 when binary. */
function sizeText(bytes: number, binary: boolean): string {
  const base = binary ? 1024 : 1000;
  if (bytes === 1) return '1 Byte';
  if (bytes < base) return `${Math.trunc(bytes)} Bytes`;
  const power = [1, 2, 3, 4, 5, 6, 7, 8].find((one) => bytes < base ** (one + 1)) ?? 8;
  return `${(bytes / base ** power).toFixed(1)} ${'kMGTPEZY'[power - 1]}${binary ? 'iB' : 'B'}`.replace(/ ki/, ' Ki');
}

const UNITS = ['', 'K', 'M', 'G', 'T', 'P', 'E', 'Z', 'Y'];

/** Ansible's human_readable: two decimals and a unit of 1024. */
function readable(bytes: number, bits: boolean, unit: string | undefined): string {
  let power = UNITS.length - 1;
  while (power > 0 && (unit ? UNITS[power] !== unit.toUpperCase() : bytes < 1024 ** power)) power--;
  const suffix = power === 0 ? (bits ? 'bits' : 'Bytes') : `${UNITS[power]}${bits ? 'b' : 'B'}`;
  return `${(bytes / 1024 ** power).toFixed(2)} ${suffix}`;
}

function bytesOf(text: string, defaultUnit: string | undefined): number {
  const found = /^\s*(\d*\.?\d+)\s*([A-Za-z]+)?/.exec(text);
  const power = UNITS.indexOf((found?.[2] ?? defaultUnit ?? '').slice(0, 1).toUpperCase().replace('B', ''));
  if (!found || power < 0) throw new UseProblem(`"${text}" is no size`);
  return Math.round(Number(found[1]) * 1024 ** power);
}

/** Filters of numbers. */
export const NUMBERS = {
  abs: filter('', (value) => binary('*', value, order(value, 0) < 0 ? -1 : 1)),
  round: filter('precision method', (value, { precision = 0, method = 'common' }) =>
    (isInteger(value) || typeof value === 'boolean') && method === 'common'
      ? binary('*', value, 1)
      : float(round(number(value), number(precision), str(method))),
  ),
  log: filter('base', (value, { base }) =>
    float(base === undefined ? logarithm(value) : logarithm(value) / logarithm(base)),
  ),
  pow: filter('power', (value, { power }) => {
    return float(number(value) ** number(power));
  }),
  root: filter('base', (value, { base = 2 }) => {
    if (number(value) < 0) throw new UseProblem('a number below zero has no root');
    return float(number(value) ** (1 / number(base)));
  }),
  human_readable: filter('isbits unit', (value, { isbits = false, unit }) =>
    readable(number(value), Boolean(isbits), unit),
  ),
  filesizeformat: filter('binary', (value, { binary: by1024 = false }) => {
    const bytes = isNumber(value) ? value : float(Number(textOf(value)));
    return sizeText(number(bytes), truthy(by1024));
  }),
  human_to_bytes: filter('default_unit isbits', (value, { default_unit: unit }) => bytesOf(str(value), unit)),
};
