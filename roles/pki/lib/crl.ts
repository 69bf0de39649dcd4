import { type KeyObject, verify } from 'node:crypto';

/** An element of DER (X.690): its tag, all its bytes, and those within. */
interface Element {
  tag: number;
  whole: Buffer;
  content: Buffer;
}

const [INTEGER, SEQUENCE, UTC_TIME, GENERALIZED_TIME] = [0x02, 0x30, 0x17, 0x18];

/** Serials that a list in DER (RFC 5280, 5.1) says are revoked, or undefined where it is no list that this key has signed. */
export function revokedIn(der: Buffer, key: KeyObject): Set<string> | undefined {
  try {
    const [list] = elementsOf(der);
    const [signed, , signature] = elementsOf(list?.content);
    if (!signed || !signature || !verify('sha256', signed.whole, key, signature.content.subarray(1))) return undefined;
    return new Set(entriesOf(elementsOf(signed.content)).map(serialOf));
  } catch (thrown) {
    if (thrown instanceof RangeError) return undefined;
    throw thrown;
  }
}

/** The entries follow the times of this list and the next one; a list without any has no element for them. */
function entriesOf(fields: readonly Element[]): Element[] {
  const times = fields.findLastIndex(({ tag }) => tag === UTC_TIME || tag === GENERALIZED_TIME);
  const entries = fields[times + 1];
  return entries?.tag === SEQUENCE ? elementsOf(entries.content) : [];
}

/** As openssl and Node write a serial. */
function serialOf(entry: Element): string {
  const [serial] = elementsOf(entry.content);
  if (serial?.tag !== INTEGER) throw new RangeError('an entry begins with its serial');
  const hex = serial.content.toString('hex').toUpperCase();
  return hex.replace(/^(00)+(?=.)/, '');
}

function elementsOf(bytes: Buffer = Buffer.alloc(0)): Element[] {
  const elements: Element[] = [];
  for (let at = 0; at < bytes.length; ) {
    const short = bytes.readUInt8(at + 1);
    // From 0x80 on it tells in how many bytes the length is.
    const more = short < 0x80 ? 0 : short - 0x80;
    const from = at + 2 + more;
    const to = from + (more === 0 ? short : bytes.readUIntBE(at + 2, more));
    if (to > bytes.length) throw new RangeError('it ends too early');
    elements.push({ tag: bytes.readUInt8(at), whole: bytes.subarray(at, to), content: bytes.subarray(from, to) });
    at = to;
  }
  return elements;
}
