import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";

/** DER writer for the requests of these tests; names are given as raw GeneralNames so that hostile ones can be made. */
export const der = (tag: number, ...parts: readonly Uint8Array[]): Buffer => {
  const content = Buffer.concat(parts);
  const length =
    content.length < 0x80
      ? [content.length]
      : content.length < 0x100
        ? [0x81, content.length]
        : [0x82, content.length >> 8, content.length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
};
export const oid = (hex: string): Buffer => der(0x06, Buffer.from(hex, "hex"));
export const text = (value: string, tag = 0x0c): Buffer => der(tag, Buffer.from(value));

export const dns = (name: string): Buffer => text(name, 0x82);
export const ip = (...bytes: number[]): Buffer => der(0x87, Buffer.from(bytes));

export interface RequestParts {
  /** Pairs of attribute type (hex of its OID) and value. */
  readonly subject?: readonly (readonly [type: string, value: string])[];
  readonly names?: readonly Buffer[];
  /** Extensions beside the subject alternative name. */
  readonly extensions?: readonly Buffer[];
  readonly attributes?: readonly Buffer[];
  readonly signWith?: KeyObject;
  readonly digest?: "sha256" | "sha1";
}

export const CN = "550403";
export const O = "55040a";
const keys = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
export const otherKey = generateKeyPairSync("ec", { namedCurve: "prime256v1" }).privateKey;
const algorithms = { sha256: "2a8648ce3d040302", sha1: "2a8648ce3d0401" };

/** A request as w-1's kubelet makes it, but for the parts given. */
export function makeRequest(parts: RequestParts = {}): Buffer {
  const subject = parts.subject ?? [
    [O, "system:nodes"],
    [CN, "system:node:w-1"],
  ];
  const names = parts.names ?? [dns("w-1"), ip(10, 77, 0, 12)];
  const alternative = names.length === 0 ? [] : [der(0x30, oid("551d11"), der(0x04, der(0x30, ...names)))];
  const extensions = [...alternative, ...(parts.extensions ?? [])];
  const attributes = [
    ...(extensions.length === 0 ? [] : [der(0x30, oid("2a864886f70d01090e"), der(0x31, der(0x30, ...extensions)))]),
    ...(parts.attributes ?? []),
  ];
  const info = der(
    0x30,
    der(0x02, Buffer.from([0])),
    der(0x30, ...subject.map(([type, value]) => der(0x31, der(0x30, oid(type), text(value))))),
    keys.publicKey.export({ format: "der", type: "spki" }),
    der(0xa0, ...attributes),
  );
  const digest = parts.digest ?? "sha256";
  const signature = sign(digest, info, parts.signWith ?? keys.privateKey);
  return der(0x30, info, der(0x30, oid(algorithms[digest])), der(0x03, Buffer.from([0]), signature));
}

export const pem = (bytes: Buffer): string =>
  `-----BEGIN CERTIFICATE REQUEST-----\n${bytes.toString("base64").replace(/.{64}/g, "$&\n").trimEnd()}\n-----END CERTIFICATE REQUEST-----\n`;
