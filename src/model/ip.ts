/** IPv4 arithmetic on unsigned 32-bit numbers. IPv6 is recognised, so that it can be refused by name, and nothing more. */
export interface Cidr {
  /** First address of the network. */
  readonly base: number;
  /** 0 to 32. */
  readonly prefix: number;
}

/** "10.0.0.1" to a number; null for anything else, leading zeros included (some tools read them as octal). */
export function parseAddress(text: string): number | null {
  const parts = text.split(".");
  if (parts.length !== 4) return null;
  let value = 0;
  for (const part of parts) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return null;
    value = value * 256 + Number(part);
  }
  return value;
}

export const formatAddress = (address: number): string =>
  [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join(".");

/** "10.0.0.0/8"; bits behind the prefix are cut off, so compare with `formatCidr` to know whether there were any. */
export function parseCidr(text: string): Cidr | null {
  const [address, prefix, ...rest] = text.split("/");
  if (address === undefined || prefix === undefined || rest.length > 0 || !/^(0|[1-9]\d?)$/.test(prefix)) return null;
  const value = parseAddress(address);
  if (value === null || Number(prefix) > 32) return null;
  const size = 2 ** (32 - Number(prefix));
  return { base: Math.floor(value / size) * size, prefix: Number(prefix) };
}

export const formatCidr = (cidr: Cidr): string => `${formatAddress(cidr.base)}/${cidr.prefix}`;

/** How many addresses, the first and the last included. */
export const cidrSize = (cidr: Cidr): number => 2 ** (32 - cidr.prefix);

export const cidrContains = (cidr: Cidr, address: number): boolean =>
  address >= cidr.base && address < cidr.base + cidrSize(cidr);

export const cidrsOverlap = (a: Cidr, b: Cidr): boolean => cidrContains(a, b.base) || cidrContains(b, a.base);

/** "10.96.0.10" for ("10.96.0.0/16", 10): where Kubernetes puts its API (1) and DNS (10) services. Throws RangeError when out of the network. */
export function nthAddress(cidr: string, n: number): string {
  const parsed = parseCidr(cidr);
  if (parsed === null || n < 0 || n >= cidrSize(parsed)) throw new RangeError(`no address ${n} in ${cidr}`);
  return formatAddress(parsed.base + n);
}

/** An IPv6 address or CIDR, roughly: enough to say that it is not supported. */
export const looksLikeIpv6 = (text: string): boolean =>
  /^[0-9a-f:.]*:[0-9a-f:.]*(%\w+)?(\/\d+)?$/i.test(text) && text.split(":").length > 2;
