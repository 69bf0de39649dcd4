import { compilePattern } from '../glob.ts';

/** A regular expression as Python writes it, matched from the start of a name but not to its end. */
export function pythonRegex(pattern: string): RegExp {
  const flags = /^\(\?([aimsux]+)\)/.exec(pattern);
  const source = pattern
    .slice(flags?.[0].length ?? 0)
    .replace(/\(\?P</g, '(?<')
    .replace(/\(\?P=(\w+)\)/g, '\\k<$1>')
    .replace(/\\A/g, '^')
    .replace(/\\Z/g, '$');
  return compilePattern(`^(?:${source})`, (flags?.[1] ?? '').replace(/[^ims]/g, ''), `~${pattern}`, 'host pattern');
}
