import { dnsAddresses, dnsQuestion } from "../../src/facts/dnsQuestion.ts";
import { existsFact } from "../../src/facts/files.ts";
import { sh } from "../../src/host/sh.ts";
import type { ClusterSpec } from "../../src/model/cluster.ts";
import { nthAddress } from "../../src/model/ip.ts";
import type { Condition } from "../../src/role/action.ts";
import { nodeStep } from "../../src/role/step.ts";
import { ok } from "../../src/role/verdict.ts";

const connects = (address: string, port: number, summary: string): Condition => ({
  summary,
  script: sh`timeout 5 bash -c ${`exec 3<>/dev/tcp/${address}/${port}`}`,
  unmet: ({ code }) => (code === 0 ? null : `${address}:${port} does not answer`),
  intervalMs: 500,
  deadlineMs: 60_000,
  evidence: sh`nft list table ip kube-proxy 2>&1 | head -n 20`,
});

/** The API's Service address, asked from the node itself: kube-proxy has programmed this node. */
const apiAddress = ({ network }: ClusterSpec): Condition =>
  connects(nthAddress(network.services, 1), 443, "the API answers through its ClusterIP, from this node");

/** A question to cluster DNS through its ClusterIP, over TCP with bash's /dev/tcp: nothing needs to be installed for it. */
function dns({ network }: ClusterSpec): Condition {
  const [server, wanted] = [nthAddress(network.services, 10), nthAddress(network.services, 1)];
  const name = `kubernetes.default.svc.${network.dnsDomain}`;
  return {
    summary: "cluster DNS answers, from this node",
    script: sh`timeout 5 bash -c ${`exec 3<>/dev/tcp/${server}/53 && printf '${dnsQuestion(name)}' >&3 && n=$(head -c 2 <&3 | od -An -tu1 | awk '{print $1 * 256 + $2}') && head -c "$n" <&3 | od -An -tx1 -v`}`,
    unmet: ({ code, stdout }) => {
      if (code !== 0) return `${server}:53 does not answer`;
      const addresses = dnsAddresses(stdout);
      return addresses?.includes(wanted)
        ? null
        : `asked for ${name}, got ${addresses?.join(", ") || "no address"} instead of ${wanted}`;
    },
    intervalMs: 500,
    deadlineMs: 60_000,
  };
}

/** Written on the node once its Services answered: from then on only `verify` asks. */
const answeredPath = "/etc/kubernetes/provision/services-answered";

export const services = nodeStep({
  id: "cluster/services",
  summary: "Services and cluster DNS answer from this node",
  after: ["cluster/ready"],
  when: (_node, cluster) => cluster.network.cni.name !== "none",
  facts: () => ({ marks: existsFact([answeredPath]) }),
  check: ({ facts: { marks } }) =>
    marks.has(answeredPath)
      ? ok
      : { status: "change", changes: [{ what: "node", action: "look", target: "Services and cluster DNS from this node" }] },
  apply: ({ cluster }) => [
    { kind: "wait", condition: apiAddress(cluster) },
    { kind: "wait", condition: dns(cluster) },
    { kind: "write", path: answeredPath, content: "", mode: "644" },
  ],
  verify: ({ cluster }) => [apiAddress(cluster), dns(cluster)],
});
