import { describe, expect, test } from "vitest";
import { mayApprove, readServingRequest, type ServingRequest } from "../../../src/kube/servingRequest.ts";
import { CN, der, dns, ip, makeRequest, O, oid, otherKey, pem, type RequestParts, text } from "./makeRequest.ts";

const node = { name: "w-1", address: "10.77.0.12" };
const spec = {
  signerName: "kubernetes.io/kubelet-serving",
  username: "system:node:w-1",
  groups: ["system:nodes", "system:authenticated"],
  usages: ["digital signature", "server auth"],
};

const object = (request: string, more: { spec?: object; status?: object } = {}) => ({
  apiVersion: "certificates.k8s.io/v1",
  kind: "CertificateSigningRequest",
  metadata: { name: "csr-x7k2p", uid: "1" },
  spec: { ...spec, request: Buffer.from(request).toString("base64"), ...more.spec },
  status: more.status ?? {},
});

const read = (request: string, more = {}): ServingRequest => {
  const result = readServingRequest(object(request, more));
  if ("problem" in result) throw new Error(result.problem);
  return result;
};
const problem = (request: string, more = {}): string => {
  const result = readServingRequest(object(request, more));
  return "problem" in result ? result.problem : "none";
};
const verdict = (parts: RequestParts, more = {}) => mayApprove(read(pem(makeRequest(parts)), more), node);

// Made by OpenSSL 3: keeps the reader from being nothing but the inverse of these tests' writer.
const fromOpenssl = `-----BEGIN CERTIFICATE REQUEST-----
MIIBEzCBugIBADAxMRUwEwYDVQQKDAxzeXN0ZW06bm9kZXMxGDAWBgNVBAMMD3N5
c3RlbTpub2RlOnctMTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABM0fSwDT5ktM
O+3dVmGBDSn/zPu7DUnhz80QVewMqVXVu6ydN7FKr12rhX0EdeemmpvbI28kN4qi
mSEagsPpO+egJzAlBgkqhkiG9w0BCQ4xGDAWMBQGA1UdEQQNMAuCA3ctMYcECk0A
DDAKBggqhkjOPQQDAgNIADBFAiBncvcZNUpG8EEr5gmCZnO1wnhHj8N6hy0SrV29
SpOcXAIhAMilycNQZQHCf9490dtrNHIELBgsCL/J9yymnUrnRNnY
-----END CERTIFICATE REQUEST-----
`;

describe("an honest request", () => {
  test.each([
    ["made by OpenSSL", fromOpenssl],
    ["made here", pem(makeRequest())],
  ])("%s is read and approved", (_, request) => {
    const result = read(request);
    expect(result).toEqual({
      name: "csr-x7k2p",
      node: "w-1",
      username: "system:node:w-1",
      groups: spec.groups,
      usages: spec.usages,
      dnsNames: ["w-1"],
      ipAddresses: ["10.77.0.12"],
      pending: true,
    });
    expect(mayApprove(result, node)).toBe(true);
  });

  test("may encipher keys, as RSA needs, and ask for fewer names or a further address of the node", () => {
    expect(verdict({}, { spec: { usages: [...spec.usages, "key encipherment"] } })).toBe(true);
    expect(verdict({ names: [ip(10, 77, 0, 12)] })).toBe(true);
    const second = read(pem(makeRequest({ names: [dns("w-1"), ip(192, 168, 0, 5)] })));
    expect(mayApprove(second, { ...node, addresses: ["192.168.0.5"] })).toBe(true);
  });

  test.each([
    ["approved", { conditions: [{ type: "Approved" }] }],
    ["denied", { conditions: [{ type: "Denied" }] }],
    ["signed", { certificate: "LS0t" }],
  ])("that is %s is no longer pending", (_, status) => {
    expect(read(fromOpenssl, { status }).pending).toBe(false);
  });
});

describe("a request that goes too far is not approved", () => {
  test.each<[string, RequestParts, object, string]>([
    ["another node's name", { names: [dns("w-1"), dns("cp-1")] }, {}, "asks for the name cp-1"],
    ["the API server's name", { names: [dns("kubernetes.default.svc")] }, {}, "asks for the name kubernetes.default.svc"],
    ["a wildcard", { names: [dns("*")] }, {}, "asks for the name *"],
    ["another address", { names: [dns("w-1"), ip(10, 77, 0, 11)] }, {}, "asks for the address 10.77.0.11"],
    ["an IPv6 address", { names: [ip(...new Array(15).fill(0), 1)] }, {}, "asks for the address 0:0:0:0:0:0:0:1"],
    ["no name", { names: [] }, {}, "no name and no address"],
    ["client auth", {}, { usages: [...spec.usages, "client auth"] }, "asks for the usage client auth"],
    ["no server auth", {}, { usages: ["digital signature"] }, "does not ask for the usage server auth"],
    ["no group", {}, { groups: ["system:authenticated"] }, "not in the group system:nodes"],
  ])("%s", (_, parts, change, reason) => {
    expect(verdict(parts, { spec: change })).toContain(reason);
  });

  test("one node's request is not another's", () => {
    expect(mayApprove(read(fromOpenssl), { name: "w-2", address: "10.77.0.12" })).toContain("not by w-2");
  });
});

describe("a request that lies is not read", () => {
  test.each<[string, RequestParts, string]>([
    ["an e-mail address", { names: [dns("w-1"), text("root@w-1", 0x81)] }, "neither DNS nor IP"],
    ["a URI", { names: [text("spiffe://w-1", 0x86)] }, "neither DNS nor IP"],
    ["a name with a NUL", { names: [dns("w-1\0.evil")] }, "not printable ASCII"],
    ["an address of five bytes", { names: [ip(1, 2, 3, 4, 5)] }, "address of 5 bytes"],
    [
      "another node's subject",
      {
        subject: [
          [O, "system:nodes"],
          [CN, "system:node:cp-1"],
        ],
      },
      "CN=system:node:cp-1",
    ],
    [
      "two common names",
      {
        subject: [
          [O, "system:nodes"],
          [CN, "system:node:w-1"],
          [CN, "admin"],
        ],
      },
      "CN=system:node:w-1+admin",
    ],
    ["no common name", { subject: [[O, "system:nodes"]] }, "CN="],
    [
      "the masters' group",
      {
        subject: [
          [O, "system:nodes"],
          [O, "system:masters"],
          [CN, "system:node:w-1"],
        ],
      },
      "O=system:nodes+system:masters",
    ],
    ["no group", { subject: [[CN, "system:node:w-1"]] }, "O= where system:nodes belongs"],
    [
      "a further subject part",
      {
        subject: [
          [O, "system:nodes"],
          ["55040b", "x"],
          [CN, "system:node:w-1"],
        ],
      },
      "beside CN and O",
    ],
    [
      "a CA flag",
      { extensions: [der(0x30, oid("551d13"), der(0x04, der(0x30, Buffer.from("0101ff", "hex"))))] },
      "beside one subject alternative name",
    ],
    [
      "a second list of names",
      { extensions: [der(0x30, oid("551d11"), der(0x04, der(0x30, dns("cp-1"))))] },
      "beside one subject alternative name",
    ],
    [
      "a challenge password",
      { attributes: [der(0x30, oid("2a864886f70d010907"), der(0x31, text("x")))] },
      "beside one extension request",
    ],
    ["another key's signature", { signWith: otherKey }, "does not match the key"],
    ["a SHA-1 signature", { digest: "sha1" }, "is not accepted"],
  ])("%s", (_, parts, reason) => {
    expect(problem(pem(makeRequest(parts)))).toContain(reason);
  });

  test("any byte changed is noticed", () => {
    const bytes = makeRequest();
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8((changed.readUInt8(at) ^ 0x01) & 0xff, at);
      expect(problem(pem(changed)), `byte ${at}`).not.toBe("none");
    }
  });

  test("any cut is noticed, and so is anything added", () => {
    const bytes = makeRequest();
    for (let length = 0; length < bytes.length; length++) expect(problem(pem(bytes.subarray(0, length)))).not.toBe("none");
    expect(problem(pem(Buffer.concat([bytes, Buffer.from([0])])))).not.toBe("none");
    expect(problem(pem(bytes) + pem(makeRequest({ names: [dns("cp-1")] })))).toContain("not exactly one PEM block");
    expect(problem("junk")).toContain("not exactly one PEM block");
  });
});

describe("what is no serving request", () => {
  test("another signer, another user, another object", () => {
    expect(problem(fromOpenssl, { spec: { signerName: "kubernetes.io/kube-apiserver-client-kubelet" } })).toContain(
      "kube-apiserver-client-kubelet",
    );
    expect(problem(fromOpenssl, { spec: { username: "system:bootstrap:abcdef" } })).toContain("not a node");
    expect(problem(fromOpenssl, { spec: { username: "system:node:" } })).toContain("not a node");
    expect(readServingRequest({ kind: "Pod" })).toEqual({ problem: expect.stringContaining("not a CertificateSigningRequest") });
    expect(readServingRequest(null)).toEqual({ problem: expect.stringContaining("not a CertificateSigningRequest") });
    expect(problem(fromOpenssl, { spec: { request: "%%%" } })).toContain("spec.request");
  });
});
