import { late } from '../late.ts';

/**
 * What counts as one host identifier, with ranges such as `[1:3]` allowed in every part. The grammar is Ansible's
 * (lib/ansible/parsing/utils/addresses.py), since it decides where `:` is a port, an IPv6 address or a separator.
 */

const NUMERIC = String.raw`\[[0-9]+:[0-9]+(?::[0-9]+)?\]`;
const HEXADECIMAL = String.raw`\[[0-9a-f]+:[0-9a-f]+(?::[0-9]+)?\]`;
const ALPHANUMERIC = String.raw`\[(?:[a-z]:[a-z]|[0-9]+:[0-9]+)(?::[0-9]+)?\]`;
const IPV6_PART = `(?:[0-9a-f]{1,4}|${HEXADECIMAL})`;
const IPV4_PART = `(?:[01]?[0-9]{1,2}|2[0-4][0-9]|25[0-5]|${NUMERIC})`;
const WORD = String.raw`[\p{L}\p{N}_]`;
const LABEL = `(?:${WORD}|${ALPHANUMERIC})(?:${WORD}|-|${ALPHANUMERIC})*(?<![_-])`;

const BRACKETED_PORT = /^\[(.+)\]:([0-9]+)$/;
const PORT = /^((?:[^:[\]]|\[[^\]]*\])*):([0-9]+)$/;
// V8 takes long to read such expressions, and most inventories need none.
const ipv4 = late(() => new RegExp(String.raw`^(?:${IPV4_PART}\.){3}${IPV4_PART}$`, 'i'));
const hostname = late(() => new RegExp(String.raw`^${LABEL}(?:\.${LABEL})*$`, 'iu'));
// Nearly every name is made of these alone; the full expression is slow on ten thousand of them.
const PLAIN_HOSTNAME = /^[a-z0-9](?:[a-z0-9.]*[a-z0-9])?$/i;

const ipv6 = late(
  () =>
    new RegExp(
      `^(?:${[
        '(?:P:){7}P',
        '(?:P:){1,6}:',
        '(?:P:)(?::P){1,6}',
        '(?:P:){2}(?::P){1,5}',
        '(?:P:){3}(?::P){1,4}',
        '(?:P:){4}(?::P){1,3}',
        '(?:P:){5}(?::P){1,2}',
        '(?:P:){6}(?::P)',
        ':(?::P){1,6}',
        'P?::',
        String.raw`(?:0:){6}(?:P\.){3}P`,
        String.raw`::(?:ffff:)?(?:P\.){3}P`,
        String.raw`(?:0:){5}ffff:(?:P\.){3}P`,
      ]
        .join('|')
        .replaceAll('P', IPV6_PART)})$`,
      'i',
    ),
);

/** A host identifier and the port written after it. */
export interface Address {
  host: string;
  port?: number;
}

/** Reads `host`, `host:port`, `[host]:port` or an IP address, ranges included; undefined when it is none of these. */
export function parseAddress(text: string): Address | undefined {
  let host = text;
  let port: number | undefined;
  for (const pattern of [BRACKETED_PORT, PORT]) {
    const found = pattern.exec(host);
    if (!found) continue;
    host = found[1] ?? '';
    port = Number(found[2]);
  }
  if (!isPlain(host) && !isAddress(host) && !hostname().test(host)) return undefined;
  return port === undefined ? { host } : { host, port };
}

/** True for an IP address written as such, which has no short name. */
export function isAddress(host: string): boolean {
  return ipv4().test(host) || ipv6().test(host);
}

function isPlain(host: string): boolean {
  return PLAIN_HOSTNAME.test(host) && !host.includes('..');
}
