import { BigInteger, Float, integerIn, integerOf, Numeral } from '../numeral.ts';

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

/** The value of a text under one of YAML's own tags; undefined when it is none of them, or no such value. */
export function resolveAs(tag: string, text: string): null | boolean | number | Numeral | undefined {
  const value = resolvePlain(text);
  switch (tag) {
    case '!!null':
      return null;
    case '!!bool':
      return typeof value === 'boolean' ? value : undefined;
    case '!!int':
      return value instanceof BigInteger || Number.isInteger(value) ? (value as number | Numeral) : undefined;
    case '!!float': {
      const number = typeof value === 'string' ? Number(text.trim() === '' ? 'none' : text.replaceAll('_', '')) : value;
      if (number instanceof Numeral) return new Float(number.number);
      if (typeof number !== 'number' || (Number.isNaN(number) && typeof value === 'string')) return undefined;
      return kept(number);
    }
    default:
      return undefined;
  }
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
  const plain = /^(?:[-+]?\d[\d_]*\.[\d_]*|\.\d[\d_]*)(?:[eE][-+]\d+)?$/.test(text);
  if (plain) return Number(text.replaceAll('_', ''));
  const found = /^([-+]?)(\d[\d_]*(?::[0-5]?\d)+\.[\d_]*)$/.exec(text);
  return found ? (found[1] === '-' ? -1 : 1) * sexagesimal((found[2] ?? '').replaceAll('_', '')) : undefined;
}

/** A float that is a whole number stays a float. */
const kept = (number: number | undefined): number | Float | undefined =>
  Number.isInteger(number) ? new Float(number as number) : number;

const sexagesimal = (digits: string): number => digits.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
