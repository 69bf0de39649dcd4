import type { Reader } from 'mesh-play';

const SOA = 6;
const IN = 1;

/** A question for the SOA record of a zone as it goes over TCP, its length first (RFC 1035, 4.1 and 4.2.2). */
export function soaQuery(zone: string): Buffer {
  const labels = zone.split('.').flatMap((label) => [Buffer.from([label.length]), Buffer.from(label, 'latin1')]);
  // Identifier, no flags, one question.
  const head = Buffer.from([0x6d, 0x70, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
  const message = Buffer.concat([head, ...labels, Buffer.from([0, 0, SOA, 0, IN])]);
  return Buffer.concat([Buffer.from([message.length >> 8, message.length & 255]), message]);
}

/** Sends a question in octal to a DNS server. $1 its address, $2 question. */
const ASK = `bash -c 'exec 3<>"/dev/tcp/$0/53" && printf "$1" >&3 && timeout 2 dd bs=1024 count=1 <&3' "$1" "$2" 2>/dev/null |
od -An -v -tx1`;

/** The serial with which a server answers a host for a zone, or null where it does not. */
export async function serialServed(host: Reader, server: string, zone: string): Promise<number | null> {
  const octal = [...soaQuery(zone)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
  const { stdout } = await host.script(ASK, [server, octal], { ok: 'any' });
  return serialIn(Buffer.from(stdout.replace(/\s+/g, ''), 'hex'));
}

/** Whether a serial is another one or came after it, as they are counted (RFC 1982, section 3.2). */
export const isAtLeast = (serial: number, other: number): boolean => (serial - other) >>> 0 < 2 ** 31;

/** The serial of the answer, or null where it has none. */
export function serialIn(answer: Buffer): number | null {
  const message = answer.subarray(2);
  if (message.length < 12 || message.readUInt16BE(6) === 0) return null;
  let at = skipName(message, 12) + 4;
  at = skipName(message, at);
  if (message.readUInt16BE(at) !== SOA) return null;
  return message.readUInt32BE(skipName(message, skipName(message, at + 10)));
}

/** Where what follows a name begins. A pointer (4.1.4) ends a name. */
function skipName(message: Buffer, from: number): number {
  let at = from;
  for (;;) {
    const length = message[at] ?? 0;
    if (length >= 0xc0) return at + 2;
    at += length + 1;
    if (length === 0) return at;
  }
}
