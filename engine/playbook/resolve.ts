import { Float, integerIn, integerOf, type Numeral } from '../numeral.ts';

/**
 * The value of a plain scalar as PyYAML's SafeLoader resolves it, which is what Ansible reads YAML with: YAML 1.1
 * booleans, octals with a leading zero, sexagesimals. Dates stay text.
 * https://github.com/yaml/pyyaml/blob/main/lib/yaml/resolver.py
 */
export function resolvePlain(text: string): null | boolean | number | string | Numeral {
  if (text === '' || text === '~' || /^(null|Null|NULL)$/.test(text)) return null;
  if (/^(yes|Yes|YES|true|True|TRUE|on|On|ON)$/.test(text)) return true;
  if (/^(no|No|NO|false|False|FALSE|off|Off|OFF)$/.test(text)) return false;
  return /^[-+.\d]/.test(text) ? (integer(text) ?? kept(float(text)) ?? text) : text;
}

function integer(text: string): number | Numeral | undefined {
  const found = /^([-+]?)(0b[01_]+|0x[\da-fA-F_]+|0[0-7_]*|[1-9][\d_]*(?::[0-5]?\d)*)$/.exec(text);
  if (!found) return undefined;
  const digits = (found[2] ?? '').replaceAll('_', '');
  const sign = found[1] === '-' ? '-' : '';
  if (digits.includes(':')) return integerOf(BigInt(sexagesimal(digits)) * (sign ? -1n : 1n));
  return integerIn(sign + digits.replace(/^0(?=[0-7])/, '0o'));
}

function float(text: string): number | undefined {
  if (/^[-+]?\.(inf|Inf|INF)$/.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  if (/^\.(nan|NaN|NAN)$/.test(text)) return Number.NaN;
  const plain = /^[-+]?(?:\d[\d_]*)?\.[\d_]*(?:[eE][-+]\d+)?$/.test(text) && /\d/.test(text);
  if (plain) return Number(text.replaceAll('_', ''));
  const found = /^([-+]?)(\d[\d_]*(?::[0-5]?\d)+\.[\d_]*)$/.exec(text);
  return found ? (found[1] === '-' ? -1 : 1) * sexagesimal((found[2] ?? '').replaceAll('_', '')) : undefined;
}

/** A float that is a whole number stays a float. */
const kept = (number: number | undefined): number | Float | undefined =>
  Number.isInteger(number) ? new Float(number as number) : number;

const sexagesimal = (digits: string): number => digits.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
