import { BlockList, isIP } from 'node:net';

const familyOf = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 6 ? 'ipv6' : 'ipv4');

/** Whether a text is a range of addresses, `10.0.0.0/8` or `fd00::/8`, as Go reads one: without zeros before a number. */
export function isCidr(text: string): boolean {
  const [address = '', bits = '', ...more] = text.split('/');
  const most = familyOf(address) === 'ipv6' ? 128 : 32;
  return isIP(address) !== 0 && /^(?:0|[1-9]\d{0,2})$/.test(bits) && Number(bits) <= most && more.length === 0;
}

/** Whether an address is in a range. */
export function isWithin(address: string, cidr: string): boolean {
  const [first = '', bits] = cidr.split('/');
  const range = new BlockList();
  range.addSubnet(first, Number(bits), familyOf(first));
  return range.check(address, familyOf(address));
}
