import { imageName } from "../../src/images/imageName.ts";
import { pinnedImage, usedImage } from "../../src/role/artifactOf.ts";
import { digestAnnotation } from "../../src/role/objects/overlay.ts";
import { sha256 } from "../../src/role/resources/file.ts";
import type { Target } from "../../src/role/step.ts";
import { upstreamDns } from "../clusterImages.ts";

/** What kubeadm's Deployment of CoreDNS is here: a patch for kubeadm's own target `corednsdeployment`. */
interface DnsDeployment {
  readonly image: string;
  /** Of the patch, hex: noted on the Deployment and its pods. */
  readonly digest: string;
  /** JSON, strategic merge. */
  readonly patch: string;
}

/**
 * Pinned, and no root: a rebuilt image has no USER, and port 53 needs none where the pod's own sysctl says so. The capability that
 * kubeadm adds stays: upstream's program carries it in its file, and the kernel starts it with no less.
 */
export function dnsDeployment(target: Target): DnsDeployment {
  const image = pinnedName(target);
  const pod = {
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 65532,
      runAsGroup: 65532,
      seccompProfile: { type: "RuntimeDefault" },
      sysctls: [{ name: "net.ipv4.ip_unprivileged_port_start", value: "0" }],
    },
    containers: [{ name: "coredns", image }],
  };
  const digest = sha256(JSON.stringify(pod));
  const metadata = { annotations: { [digestAnnotation]: digest } };
  return { image, digest, patch: JSON.stringify({ metadata, spec: { template: { metadata, spec: pod } } }) };
}

/**
 * With upstream's tag, whatever is behind the digest: kubeadm takes the tag for the version whose Corefile it migrates (`DeployedDNSAddon`),
 * and its upgrade fails on one it does not know, such as a rebuilt image's. Runtimes go by the digest alone.
 */
function pinnedName(target: Target): string {
  const upstream = upstreamDns(target);
  const { ref, digest } = pinnedImage(target, usedImage(target, upstream));
  return `${imageName(ref).repository}:${upstream.slice(upstream.lastIndexOf(":") + 1)}@${digest}`;
}
