import { hardenedPrefix } from "./hardenedTag.ts";

/** Who builds an image, what they say of it, and by what anybody could check that it is theirs. */
export interface Origin {
  /** "SUSE (rancher/image-build-*)". */
  readonly builder: string;
  /** What its builder claims beside an ordinary build; null: nothing. Nothing of it is checked here. */
  readonly claim: string | null;
  /** What its publisher signs, as far as their release tooling shows. Never checked by this tool: it pins digests. */
  readonly signature: string;
}

interface Row extends Origin {
  /** Beginning of the reference. */
  readonly prefix: string;
}

const github = "issuer https://token.actions.githubusercontent.com";
const suse = {
  builder: "SUSE (rancher/image-build-*)",
  claim:
    "rebuilt from source on a SUSE base image, static programs, on amd64 with BoringCrypto, scanned by Trivy; not said to run without root",
  signature: "none on Docker Hub: unsigned BuildKit provenance and SBOM lie beside the image",
};

/** Read in the projects' release tooling, August 2026. "none found" is what was seen there, not a proof. */
const rows: readonly Row[] = [
  { prefix: hardenedPrefix, ...suse },
  { prefix: "docker.io/rancher/mirrored-", builder: "its project, copied by SUSE", claim: null, signature: "none found" },
  {
    prefix: "registry.k8s.io/",
    builder: "Kubernetes",
    claim: null,
    signature: "cosign, krel-trust@k8s-releng-prod.iam.gserviceaccount.com, issuer https://accounts.google.com",
  },
  {
    prefix: "quay.io/cilium/",
    builder: "Cilium",
    claim: null,
    signature: `cosign, workflow build-images-releases.yaml of cilium/cilium, ${github}`,
  },
  {
    prefix: "ghcr.io/microsoft/retina/",
    builder: "Microsoft",
    claim: null,
    signature: `cosign, workflow release-images.yaml of microsoft/retina, ${github}`,
  },
  {
    prefix: "ghcr.io/flannel-io/",
    builder: "flannel",
    claim: null,
    signature: "GitHub build provenance, workflow release.yml of flannel-io/flannel",
  },
  ...["docker.io/calico/", "quay.io/calico/", "quay.io/tigera/"].map((prefix) => ({
    prefix,
    builder: "Calico",
    claim: null,
    signature: "none found",
  })),
  { prefix: "ghcr.io/k8snetworkplumbingwg/", builder: "Multus", claim: null, signature: "none: switched off in its workflows" },
];

const unknown: Origin = { builder: "not known to this tool", claim: null, signature: "not known" };

export const originOf = (ref: string): Origin => {
  const row = rows.find(({ prefix }) => ref.startsWith(prefix));
  return row === undefined ? unknown : { builder: row.builder, claim: row.claim, signature: row.signature };
};
