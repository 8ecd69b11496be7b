/** One DER value: its tag byte, its content, and itself whole (header and content). */
export interface Der {
  readonly tag: number;
  readonly content: Buffer;
  readonly whole: Buffer;
}

export class DerError extends Error {
  override readonly name = "DerError";
}

/** ITU-T X.690; only what certificate requests are made of. */
export const tag = {
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  utf8: 0x0c,
  printable: 0x13,
  sequence: 0x30,
  set: 0x31,
} as const;
/** Context-specific tag [n]. */
export const context = (n: number, constructed = false): number => 0x80 | (constructed ? 0x20 : 0) | n;

/** Every value in `bytes`, one after the other, to the last byte. Throws DerError for anything that is not minimal, definite DER. */
export function readAll(bytes: Buffer): Der[] {
  const values: Der[] = [];
  for (let at = 0; at < bytes.length; ) {
    const value = readAt(bytes, at);
    values.push(value);
    at += value.whole.length;
  }
  return values;
}

/** The one value in `bytes`, which must have that tag. */
export function readOne(bytes: Buffer, wanted: number): Der {
  const [value, ...more] = readAll(bytes);
  if (value === undefined || more.length > 0) throw new DerError("not exactly one value");
  return expectTag(value, wanted);
}

/** The values in a constructed value, which must have that tag. */
export const children = (value: Der | undefined, wanted: number): Der[] => readAll(expectTag(value, wanted).content);

export function expectTag(value: Der | undefined, wanted: number): Der {
  if (value?.tag !== wanted) throw new DerError(`tag ${value?.tag ?? "missing"} where ${wanted} belongs`);
  return value;
}

/** "1.2.840…"; arcs up to 2^31, which is more than any name here has. */
export function oidOf(value: Der | undefined): string {
  const bytes = expectTag(value, tag.oid).content;
  if (bytes.length === 0 || bytes.length > 32 || (bytes.at(-1) ?? 0) >= 0x80) throw new DerError("not an object identifier");
  const arcs: number[] = [];
  let arc = 0;
  for (const byte of bytes) {
    if (arc === 0 && byte === 0x80) throw new DerError("object identifier with padding");
    arc = arc * 128 + (byte & 0x7f);
    if (arc > 0x7fffffff) throw new DerError("object identifier too large");
    if (byte < 0x80) {
      arcs.push(arc);
      arc = 0;
    }
  }
  const [first = 0, ...rest] = arcs;
  const root = Math.min(2, Math.floor(first / 40));
  return [root, first - root * 40, ...rest].join(".");
}

/** Whole bytes of a BIT STRING. */
export function bitsOf(value: Der | undefined): Buffer {
  const { content } = expectTag(value, tag.bitString);
  if (content[0] !== 0) throw new DerError("bit string with unused bits");
  return content.subarray(1);
}

function readAt(bytes: Buffer, at: number): Der {
  const tagByte = bytes[at];
  const first = bytes[at + 1];
  if (tagByte === undefined || first === undefined) throw new DerError("cut short");
  if ((tagByte & 0x1f) === 0x1f) throw new DerError("multi-byte tag");
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
  // 0x80 is the indefinite form; three bytes of length are 16 MB.
  if (first === 0x80 || lengthBytes > 3) throw new DerError("length is indefinite or too large");
  const start = at + 2 + lengthBytes;
  if (start > bytes.length) throw new DerError("cut short");
  const length = lengthBytes === 0 ? first : bytes.readUIntBE(at + 2, lengthBytes);
  if (lengthBytes > 0 && (length < 0x80 || bytes[at + 2] === 0)) throw new DerError("length is not minimal");
  if (start + length > bytes.length) throw new DerError("cut short");
  return { tag: tagByte, content: bytes.subarray(start, start + length), whole: bytes.subarray(at, start + length) };
}
