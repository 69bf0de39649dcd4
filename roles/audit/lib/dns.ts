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
