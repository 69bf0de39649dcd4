import type { Mapping } from '../value.ts';
import { lines, type Part } from './part.ts';

/** Interfaces, addresses, default routes, resolvers. */
export const network: Part = {
  subsets: ['network', 'interfaces', 'default_ipv4', 'dns'],
  script: `s links; for d in /sys/class/net/*; do n=\${d##*/}; printf '%s' "$n"; for f in address mtu operstate type; do line "$d/$f"; printf '|%s' "$line"; done; echo; done
s ip; command -v ip >/dev/null && { ip -o addr show 2>/dev/null; ip route get 192.0.2.1 2>/dev/null; echo 6; ip -6 route get 2001:db8::1 2>/dev/null; }
s route; cat /proc/net/route 2>/dev/null
s trie; command -v ip >/dev/null || cat /proc/net/fib_trie 2>/dev/null
s inet6; command -v ip >/dev/null || cat /proc/net/if_inet6 2>/dev/null
s resolv; cat /etc/resolv.conf 2>/dev/null`,
  parse: (section) => {
    const addresses = section('ip').trim() === '' ? fromProc(section) : fromIp(section('ip'));
    const interfaces = lines(section('links')).map((line) => link(line, addresses));
    const v4 = addresses.filter(({ version, address }) => version === 4 && !address.startsWith('127.'));
    const v6 = addresses.filter(({ version, address }) => version === 6 && address !== '::1');
    return {
      interfaces: interfaces.map(({ device }) => device as string),
      ...Object.fromEntries(interfaces.map((one) => [String(one['device']).replace(/[-:.]/g, '_'), one])),
      all_ipv4_addresses: v4.map(({ address }) => address),
      all_ipv6_addresses: v6.map(({ address }) => address),
      default_ipv4: defaultRoute(section, interfaces, 4),
      default_ipv6: defaultRoute(section, interfaces, 6),
      dns: resolver(section('resolv')),
    };
  },
};

interface Address {
  device: string;
  version: 4 | 6;
  address: string;
  prefix: number;
  broadcast?: string;
  scope: string;
}

function fromIp(text: string): Address[] {
  return lines(text).flatMap((line) => {
    const found = /^\d+:\s+(\S+)\s+inet(6?)\s+([\da-f.:]+)(?:\/(\d+))?(?:\s+brd\s+(\S+))?.*?scope\s+(\S+)/.exec(line);
    if (!found) return [];
    const [, device = '', six, address = '', prefix, broadcast, scope = 'global'] = found;
    const version = six ? 6 : 4;
    return [
      {
        device,
        version,
        address,
        prefix: Number(prefix ?? (six ? 128 : 32)),
        scope,
        ...(broadcast ? { broadcast } : {}),
      },
    ];
  });
}

const toNumber = (address: string): number => address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
const toAddress = (number: number): string =>
  [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.');
const mask = (prefix: number): number => 2 ** 32 - 2 ** (32 - prefix);

/** Little-endian hex of /proc/net/route. */
const fromHex = (hex: string): string =>
  (hex.match(/../g) ?? [])
    .reverse()
    .map((byte) => Number.parseInt(byte, 16))
    .join('.');

interface Route {
  device: string;
  network: number;
  prefix: number;
  gateway: string;
}

const routes = (text: string): Route[] =>
  lines(text)
    .slice(1)
    .map((line) => {
      const [device = '', destination = '', gateway = '', , , , , bits = ''] = line.split(/\s+/);
      const prefix = [...toNumber(fromHex(bits)).toString(2)].filter((bit) => bit === '1').length;
      return { device, network: toNumber(fromHex(destination)), prefix, gateway: fromHex(gateway) };
    });

/** Without `ip`: the kernel's own tables. A local address belongs to the interface whose network it is in. */
function fromProc(section: (name: string) => string): Address[] {
  const known = routes(section('route'))
    .filter(({ prefix }) => prefix > 0)
    .sort((a, b) => b.prefix - a.prefix);
  const locals = [...section('trie').matchAll(/\|-- ([\d.]+)\s+\/32 host LOCAL/g)].map(([, address]) => address ?? '');
  const v4 = [...new Set(locals)].flatMap((address): Address[] => {
    if (address.startsWith('127.')) return [{ device: 'lo', version: 4, address, prefix: 8, scope: 'host' }];
    const route = known.find(
      ({ network: base, prefix }) =>
        Math.floor(toNumber(address) / 2 ** (32 - prefix)) === Math.floor(base / 2 ** (32 - prefix)),
    );
    return route ? [{ device: route.device, version: 4, address, prefix: route.prefix, scope: 'global' }] : [];
  });
  const v6 = lines(section('inet6')).map((line): Address => {
    const [hex = '', , prefix = '80', scope = '00', , device = ''] = line.trim().split(/\s+/);
    const scopes: Record<string, string> = { '00': 'global', '10': 'host', '20': 'link' };
    return {
      device,
      version: 6,
      address: shortV6(hex),
      prefix: Number.parseInt(prefix, 16),
      scope: scopes[scope] ?? 'global',
    };
  });
  return [...v4, ...v6];
}

/** RFC 5952: the longest run of zero groups is left out. */
function shortV6(hex: string): string {
  const groups = (hex.match(/.{4}/g) ?? []).map((group) => Number.parseInt(group, 16).toString(16)).join(':');
  const runs = groups.match(/(?:^|:)0(?::0)+(?=:|$)/g) ?? [];
  const longest = runs.sort((a, b) => b.length - a.length)[0];
  return longest === undefined
    ? groups
    : groups
        .replace(longest, groups.startsWith(longest) ? ':' : ':')
        .replace(/^:(?!:)/, '::')
        .replace(/([^:]):$/, '$1::');
}

function link(line: string, addresses: readonly Address[]): Mapping {
  const [device = '', mac = '', mtu = '', state = '', type = ''] = line.split('|');
  const own = addresses.filter((one) => one.device === device);
  const [first, ...others] = own.filter(({ version }) => version === 4).map(v4);
  const v6 = own
    .filter(({ version }) => version === 6)
    .map(({ address, prefix, scope }) => ({ address, prefix: String(prefix), scope }));
  return {
    device,
    ...(mac && type !== '772' ? { macaddress: mac } : {}),
    mtu: Number(mtu),
    active: state === 'up' || (state === 'unknown' && own.length > 0),
    type: type === '772' ? 'loopback' : 'ether',
    ...(first ? { ipv4: first } : {}),
    ...(others.length > 0 ? { ipv4_secondaries: others } : {}),
    ...(v6.length > 0 ? { ipv6: v6 } : {}),
  };
}

function v4({ address, prefix, broadcast }: Address): Mapping {
  const base = Math.floor(toNumber(address) / 2 ** (32 - prefix)) * 2 ** (32 - prefix);
  return {
    address,
    prefix: String(prefix),
    netmask: toAddress(mask(prefix)),
    network: toAddress(base),
    broadcast: broadcast ?? '',
  };
}

function defaultRoute(section: (name: string) => string, interfaces: readonly Mapping[], version: 4 | 6): Mapping {
  const [four = '', six = ''] = section('ip').split(/^6$/m);
  const line =
    (version === 4 ? four : six)
      .split('\n')
      .find((one) => one.startsWith(version === 4 ? '192.0.2.1' : '2001:db8::1')) ?? '';
  const viaIp = {
    gateway: / via (\S+)/.exec(line)?.[1],
    device: / dev (\S+)/.exec(line)?.[1],
    source: / src (\S+)/.exec(line)?.[1],
  };
  const viaProc =
    version === 4 && line === '' ? routes(section('route')).find(({ prefix }) => prefix === 0) : undefined;
  const device = viaIp.device ?? viaProc?.device;
  const found = interfaces.find((one) => one['device'] === device);
  if (device === undefined || !found) return {};
  const gateway = viaIp.gateway ?? viaProc?.gateway;
  const own = (
    version === 4
      ? found['ipv4']
      : (found['ipv6'] as Mapping[] | undefined)?.find(({ address }) => address === viaIp.source)
  ) as Mapping | undefined;
  const { macaddress, mtu, type } = found;
  return {
    interface: device,
    ...(gateway ? { gateway } : {}),
    ...(own ?? {}),
    ...(viaIp.source ? { address: viaIp.source } : {}),
    ...(macaddress === undefined ? {} : { macaddress }),
    mtu: mtu ?? 0,
    type: type ?? 'unknown',
  };
}

/** resolv.conf(5). */
function resolver(text: string): Mapping {
  const found: Mapping = {};
  const nameservers: string[] = [];
  for (const line of lines(text)) {
    const [key = '', ...values] = line.trim().split(/\s+/);
    if (key === 'nameserver') nameservers.push(...values);
    else if (key === 'search' || key === 'sortlist') found[key] = values;
    else if (key === 'domain') found[key] = values[0] ?? '';
    else if (key === 'options') found[key] = Object.fromEntries(values.map(option));
  }
  return { ...(nameservers.length > 0 ? { nameservers } : {}), ...found };
}

/** `ndots:2` as a name and its value, `rotate` as a name that is so. */
function option(text: string): [string, string | boolean] {
  const [name = '', value = ''] = text.split(/:(.*)/s);
  return [name, value === '' ? true : value];
}
