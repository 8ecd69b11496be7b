import { createPublicKey, verify } from "node:crypto";
import { bitsOf, children, context, type Der, DerError, expectTag, oidOf, readOne, tag } from "./der.ts";

/** A PKCS#10 request (RFC 2986) whose signature is good, as far as a kubelet's may go. */
export interface CertificateRequest {
  readonly commonNames: readonly string[];
  readonly organizations: readonly string[];
  readonly dnsNames: readonly string[];
  /** Dotted IPv4; IPv6 as eight groups of hex without leading zeros. */
  readonly ipAddresses: readonly string[];
}

/** Object identifiers of RFC 5280, 2985, 5758, 8017 and 8410; the digest of each signature algorithm as node:crypto calls it. */
const id = {
  commonName: "2.5.4.3",
  organization: "2.5.4.10",
  extensionRequest: "1.2.840.113549.1.9.14",
  subjectAltName: "2.5.29.17",
};
const digests: Readonly<Record<string, string | null>> = {
  "1.2.840.10045.4.3.2": "sha256",
  "1.2.840.10045.4.3.3": "sha384",
  "1.2.840.10045.4.3.4": "sha512",
  "1.2.840.113549.1.1.11": "sha256",
  "1.2.840.113549.1.1.12": "sha384",
  "1.2.840.113549.1.1.13": "sha512",
  "1.3.101.112": null,
};

/**
 * Reads one PEM block and nothing beside it. Throws DerError, with a word on what it is, for every attribute, extension or kind of
 * name it does not know: what is not understood is not vouched for. Written here because the decision needs exactly this strictness.
 */
export function readCertificateRequest(pem: string): CertificateRequest {
  const [info, algorithm, signature, ...more] = children(readOne(derOf(pem), tag.sequence), tag.sequence);
  const [version, subject, publicKey, attributes, ...rest] = children(info, tag.sequence);
  if (more.length > 0 || rest.length > 0 || expectTag(version, tag.integer).content.toString("hex") !== "00") {
    throw new DerError("not a version 1 certificate request");
  }
  checkSignature(expectTag(info, tag.sequence).whole, expectTag(publicKey, tag.sequence).whole, algorithm, bitsOf(signature));
  const names = children(subject, tag.sequence).flatMap((set) => children(set, tag.set).map(nameOf));
  return {
    commonNames: names.filter(([type]) => type === id.commonName).map(([, value]) => value),
    organizations: names.filter(([type]) => type === id.organization).map(([, value]) => value),
    ...alternativeNames(attributes),
  };
}

function derOf(pem: string): Buffer {
  const base64 = /^\s*-----BEGIN CERTIFICATE REQUEST-----\r?\n([A-Za-z0-9+/=\r\n]+)-----END CERTIFICATE REQUEST-----\s*$/.exec(
    pem,
  )?.[1];
  if (base64 === undefined) throw new DerError("not exactly one PEM block of type CERTIFICATE REQUEST");
  return Buffer.from(base64, "base64");
}

function checkSignature(signed: Buffer, publicKey: Buffer, algorithm: Der | undefined, signature: Buffer): void {
  const oid = oidOf(children(algorithm, tag.sequence)[0]);
  const digest = digests[oid];
  if (digest === undefined) throw new DerError(`signature algorithm ${oid} is not accepted`);
  if (!verified(digest, signed, publicKey, signature))
    throw new DerError("the signature does not match the key: the sender does not hold it");
}

function verified(digest: string | null, signed: Buffer, publicKey: Buffer, signature: Buffer): boolean {
  try {
    return verify(digest, signed, createPublicKey({ key: publicKey, format: "der", type: "spki" }), signature);
  } catch {
    // node:crypto throws for a key that is malformed or of another kind than the algorithm's.
    return false;
  }
}

function nameOf(value: Der): [type: string, value: string] {
  const [type, text, ...more] = children(value, tag.sequence);
  const oid = oidOf(type);
  if (oid !== id.commonName && oid !== id.organization) throw new DerError(`the subject has a part beside CN and O: ${oid}`);
  if (more.length > 0 || (text?.tag !== tag.utf8 && text?.tag !== tag.printable))
    throw new DerError("the subject has a part that is not plain text");
  return [oid, new TextDecoder("utf-8", { fatal: true }).decode(text.content)];
}

function alternativeNames(attributes: Der | undefined): Pick<CertificateRequest, "dnsNames" | "ipAddresses"> {
  const [attribute, ...others] = attributes === undefined ? [] : children(attributes, context(0, true));
  if (attribute === undefined) return { dnsNames: [], ipAddresses: [] };
  const [type, values, ...more] = children(attribute, tag.sequence);
  if (oidOf(type) !== id.extensionRequest || others.length > 0 || more.length > 0)
    throw new DerError("attributes beside one extension request");
  const [extensions, ...second] = children(values, tag.set);
  const [extension, ...unknown] = children(extensions, tag.sequence).map((each) => children(each, tag.sequence));
  if (extension === undefined || second.length > 0 || unknown.length > 0 || oidOf(extension[0]) !== id.subjectAltName) {
    throw new DerError("extensions beside one subject alternative name");
  }
  // Between the identifier and the value stands "critical", when it is said.
  const names = children(readOne(expectTag(extension.at(-1), tag.octetString).content, tag.sequence), tag.sequence);
  const unfit = names.find((name) => name.tag !== context(2) && name.tag !== context(7));
  if (unfit !== undefined || extension.length > 3)
    throw new DerError(`asks for a name that is neither DNS nor IP (kind ${unfit === undefined ? "?" : unfit.tag & 0x1f})`);
  return {
    dnsNames: names.filter((name) => name.tag === context(2)).map((name) => asciiOf(name.content)),
    ipAddresses: names.filter((name) => name.tag === context(7)).map((name) => addressOf(name.content)),
  };
}

function asciiOf(bytes: Buffer): string {
  const text = bytes.toString("latin1");
  if (!/^[\x21-\x7e]+$/.test(text)) throw new DerError("a DNS name that is not printable ASCII");
  return text;
}

function addressOf(bytes: Buffer): string {
  if (bytes.length === 4) return bytes.join(".");
  if (bytes.length !== 16) throw new DerError(`an IP address of ${bytes.length} bytes`);
  return Array.from({ length: 8 }, (_, group) => bytes.readUInt16BE(group * 2).toString(16)).join(":");
}
