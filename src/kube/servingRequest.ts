import { z } from "zod";
import { type CertificateRequest, readCertificateRequest } from "./certificateRequest.ts";
import { DerError } from "./der.ts";

/** A kubelet's request for its serving certificate. The signature is good and the subject is the one who asked. */
export interface ServingRequest {
  /** Of the CertificateSigningRequest object. */
  readonly name: string;
  /** The node that asks, as the API server authenticated it. */
  readonly node: string;
  readonly username: string;
  readonly groups: readonly string[];
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
  readonly usages: readonly string[];
  /** Neither approved, denied, failed nor signed so far. */
  readonly pending: boolean;
}

/** https://kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests/#kubernetes-signers */
const signerName = "kubernetes.io/kubelet-serving";
const nodePrefix = "system:node:";
const nodesGroup = "system:nodes";
const requiredUsages = ["digital signature", "server auth"];
const allowedUsages = [...requiredUsages, "key encipherment"];

const csrObject = z.object({
  metadata: z.object({ name: z.string().regex(/^[a-z0-9][a-z0-9.-]*$/) }),
  spec: z.object({
    signerName: z.string(),
    request: z.base64(),
    username: z.string(),
    groups: z.array(z.string()).default([]),
    usages: z.array(z.string()).default([]),
  }),
  status: z
    .object({ certificate: z.string().optional(), conditions: z.array(z.object({ type: z.string() })).optional() })
    .optional(),
});

/** Reads a CertificateSigningRequest object as `kubectl get csr -o json` prints it; `problem` says why it is not a sound serving request. */
export function readServingRequest(value: unknown): ServingRequest | { readonly problem: string } {
  const parsed = csrObject.safeParse(value);
  if (!parsed.success)
    return { problem: `not a CertificateSigningRequest: ${parsed.error.issues.map((issue) => issue.path.join(".")).join(", ")}` };
  const { metadata, spec, status } = parsed.data;
  if (spec.signerName !== signerName) return { problem: `is for signer ${spec.signerName}` };
  const node = spec.username.startsWith(nodePrefix) ? spec.username.slice(nodePrefix.length) : "";
  if (node === "") return { problem: `comes from ${spec.username}, which is not a node` };
  let request: CertificateRequest;
  try {
    request = readCertificateRequest(Buffer.from(spec.request, "base64").toString("latin1"));
  } catch (error) {
    if (error instanceof DerError || error instanceof TypeError)
      return { problem: `its certificate request is refused: ${error.message}` };
    throw error;
  }
  if (!only(request.commonNames, spec.username))
    return { problem: `its subject is CN=${request.commonNames.join("+")}, but ${spec.username} sent it` };
  if (!only(request.organizations, nodesGroup))
    return { problem: `its subject has O=${request.organizations.join("+")} where ${nodesGroup} belongs` };
  return {
    name: metadata.name,
    node,
    username: spec.username,
    groups: spec.groups,
    dnsNames: request.dnsNames,
    ipAddresses: request.ipAddresses,
    usages: spec.usages,
    pending: status?.certificate === undefined && (status?.conditions ?? []).length === 0,
  };
}

/** true, or why the request goes beyond what that node of the inventory may have. */
export function mayApprove(
  request: ServingRequest,
  node: { name: string; address: string; addresses?: readonly string[] },
): true | string {
  if (request.node !== node.name || request.username !== nodePrefix + node.name)
    return `was sent by ${request.username}, not by ${node.name}`;
  if (!request.groups.includes(nodesGroup)) return `${request.username} is not in the group ${nodesGroup}`;
  const missing = requiredUsages.filter((usage) => !request.usages.includes(usage));
  if (missing.length > 0) return `does not ask for the usage ${missing.join(", ")}`;
  const extra = request.usages.filter((usage) => !allowedUsages.includes(usage));
  if (extra.length > 0) return `asks for the usage ${extra.join(", ")}`;
  if (request.dnsNames.length + request.ipAddresses.length === 0) return "asks for no name and no address";
  const foreignNames = request.dnsNames.filter((name) => name !== node.name);
  if (foreignNames.length > 0) return `asks for the name ${foreignNames.join(", ")}; this node is ${node.name}`;
  const own = [node.address, ...(node.addresses ?? [])];
  const foreign = request.ipAddresses.filter((address) => !own.includes(address));
  if (foreign.length > 0) return `asks for the address ${foreign.join(", ")}; this node has ${own.join(", ")}`;
  return true;
}

const only = (values: readonly string[], wanted: string): boolean => values.length === 1 && values[0] === wanted;
