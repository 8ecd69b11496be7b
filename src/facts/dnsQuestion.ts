/** A DNS question for the A record of `name` as it goes over TCP (RFC 1035 section 4.2.2: two bytes of length first), as \\ooo escapes for printf. */
export function dnsQuestion(name: string): string {
  const labels = name.split(".").flatMap((label) => [label.length, ...Buffer.from(label)]);
  const message = [0x50, 0x56, 0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 0, ...labels, 0, 0, 1, 0, 1];
  return [message.length >> 8, message.length & 0xff, ...message]
    .map((byte) => `\\${byte.toString(8).padStart(3, "0")}`)
    .join("");
}

/** IPv4 addresses in a DNS answer, given as the hex bytes `od -An -tx1` prints, without the length. null: not an answer, or an error code in it. */
export function dnsAddresses(hex: string): readonly string[] | null {
  const bytes = Buffer.from(hex.replaceAll(/[^0-9a-f]/g, ""), "hex");
  if (bytes.length < 12 || bytes.readUInt16BE(0) !== 0x5056 || (bytes.readUInt8(3) & 0x0f) !== 0) return null;
  const addresses: string[] = [];
  try {
    let at = skipName(bytes, 12) + 4;
    for (let answer = bytes.readUInt16BE(6); answer > 0; answer--) {
      at = skipName(bytes, at);
      const [type, length] = [bytes.readUInt16BE(at), bytes.readUInt16BE(at + 8)];
      if (type === 1 && length === 4) addresses.push([...bytes.subarray(at + 10, at + 14)].join("."));
      at += 10 + length;
    }
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
  return addresses;
}

/** Index behind the name at `at`: labels up to a zero, or a pointer (RFC 1035 section 4.1.4). */
function skipName(bytes: Buffer, at: number): number {
  for (let index = at; ; ) {
    const length = bytes.readUInt8(index);
    if (length >= 0xc0) return index + 2;
    if (length === 0) return index + 1;
    index += length + 1;
  }
}
