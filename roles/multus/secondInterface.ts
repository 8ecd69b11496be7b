import { dnsQuestion } from "../../src/facts/dnsQuestion.ts";
import { type Workload, workloadsFact } from "../../src/facts/kube.ts";
import { sh } from "../../src/host/sh.ts";
import { multus, multusOf } from "../../src/network/multus.ts";
import type { Condition } from "../../src/role/action.ts";
import { pinnedImage } from "../../src/role/artifactOf.ts";
import { clusterStep, type Target } from "../../src/role/step.ts";
import { ok } from "../../src/role/verdict.ts";
import { madeOf } from "../cluster/manifestSteps.ts";
import { corednsImage } from "../clusterImages.ts";
import { multusManifest } from "./manifest.ts";
import { askedPort, probeNamespace as ns, peers, probeAddress, probeObjects, probePod } from "./probe.ts";

/** On the DaemonSet: the objects with which every node gave a pod a second interface that was reached. */
const provedAnnotation = "provision/proved";
const agent = multusManifest.agent;
const digestOf = (target: Target): string => madeOf(multusManifest, target).digest.slice(0, 16);

/** What the probes tell: one line "status <n> yes|no <phase>" a node, one "asked <n> <peer> yes|no" a question. null: all is well. */
export function probesUnmet(stdout: string, names: readonly string[], asking: boolean): string | null {
  const lines = stdout.split("\n").map((line) => line.split(" "));
  const nameOf = (n: string | undefined): string => names[Number(n) - 1] ?? "?";
  const got = new Set(lines.filter(([what, , answer]) => what === "status" && answer === "yes").map(([, n]) => nameOf(n)));
  const without = names.filter((name) => !got.has(name));
  const event = lines
    .find(([what]) => what === "event")
    ?.slice(1)
    .join(" ");
  if (without.length > 0)
    return `a pod on ${without.join(", ")} has no second interface yet${event === undefined ? "" : `: ${event}`}`;
  const asked = lines.filter(([what]) => what === "asked");
  const deaf = asked.filter(([, , , answer]) => answer !== "yes").map(([, n, peer]) => `${nameOf(n)} to ${nameOf(peer)}`);
  if (deaf.length > 0) return `not reached over the second interface: ${deaf.join(", ")}`;
  return !asking || asked.length >= names.length ? null : "not every node has asked another";
}

/**
 * A pod on every node gets one more interface, named in its network-status, and asks the next node's over it: the control plane asks each
 * pod for a name that the pod's peer alone can answer. All of it is taken away again.
 */
function proof(target: Target): Condition {
  const { probe } = multusOf(target.cluster);
  if (probe.kind === "none") throw new Error("nothing is tried");
  const names = target.cluster.nodes.map(({ name }) => name);
  const asking = probe.kind === "macvlan" && names.length > 1;
  const objects = JSON.stringify({ apiVersion: "v1", kind: "List", items: probeObjects(probe) });
  const pod = JSON.stringify(probePod(pinnedImage(target, corednsImage(target)).pinned));
  const addresses = names.map((_, index) => probeAddress(index + 1));
  const [next, last] = peers.map((name) => sh`ask ${dnsQuestion(name)}`) as [ReturnType<typeof sh>, ReturnType<typeof sh>];
  return {
    summary:
      probe.kind === "macvlan"
        ? "a pod on every node has a second interface and is reached over it from another node"
        : "a pod on every node gets a second interface",
    where: "control-plane",
    bringsPods: true,
    script: sh`clear() { k delete namespace ${ns} --ignore-not-found --wait=false >/dev/null 2>&1; }
[ "$(k get namespace ${ns} --ignore-not-found -o jsonpath='{.status.phase}')" != Terminating ] || k wait --for=delete namespace/${ns} --timeout=25s >/dev/null 2>&1
trap clear EXIT
printf %s ${objects} | k apply --server-side --force-conflicts --field-manager provision -f - >/dev/null || exit 1
set -- ${addresses}; count=$#; i=0
for node in ${names}; do
  i=$((i + 1)); eval "next=\\\${$((i % count + 1))} last=\\\${$(( (i + count - 2) % count + 1))} own=\\\${$i}"
  printf %s ${pod} | sed -e "s/\\"NODE\\"/\\"$node\\"/; s/INDEX/$i/g; s/ADDRESS\\/20/$own\\/20/; s/\\"value\\":\\"ADDRESS\\"/\\"value\\":\\"$own\\"/; s/\\"value\\":\\"NEXT\\"/\\"value\\":\\"$next\\"/; s/\\"value\\":\\"LAST\\"/\\"value\\":\\"$last\\"/"; echo
done | k apply --server-side --force-conflicts --field-manager provision -f - >/dev/null || exit 1
k -n ${ns} wait pods --all --for=condition=Ready --timeout=25s >/dev/null 2>&1
pods=$(k -n ${ns} get pods -o jsonpath='{range .items[*]}{.metadata.labels.index}|{.status.podIP}|{.status.phase}|{.metadata.annotations.k8s\\.v1\\.cni\\.cncf\\.io/network-status}{"\\036"}{end}' | tr -d ' \\n' | tr '\\036' '\\n')
bytes() { printf '%02x' $(echo "$1" | tr . ' '); }
ask() { # question, own number, own address, the other's number
  eval "other=\\\${addr_$4}"
  h=$(timeout 8 bash -c "exec 3<>/dev/tcp/$3/${askedPort} && printf '$1' >&3 && n=\\$(head -c 2 <&3 | od -An -tu1 | awk '{print \\$1 * 256 + \\$2}') && head -c \\"\\$n\\" <&3 | od -An -tx1 -v" 2>/dev/null | tr -d ' \\n')
  case "$h" in *"$(bytes "$other")") echo "asked $2 $4 yes";; *) echo "asked $2 $4 no";; esac
}
i=0; for a in "$@"; do i=$((i + 1)); eval "addr_$i=$a"; done
out=$(echo "$pods" | { while IFS='|' read -r n ip phase status; do
  case "$n" in ''|*[!0-9]*) continue;; esac
  eval "own=\\$addr_$n"
  case "$status" in *'"interface":"net1","ips":["'"$own"'"]'*) echo "status $n yes $phase";; *) echo "status $n no $phase"; continue;; esac
  ${asking ? sh`${next} "$n" "$ip" "$((n % count + 1))" & ${last} "$n" "$ip" "$(( (n + count - 2) % count + 1))" &` : sh`:`}
done; wait; })
echo "$out"
[ "$(echo "$out" | grep -c '^status [0-9]* yes')" = "$count" ] && ! echo "$out" | grep -q ' no' &&
  k -n ${agent.namespace} annotate daemonset ${agent.name} --overwrite ${`${provedAnnotation}=${digestOf(target)}`} >/dev/null
! echo "$out" | grep -q ' no' || k -n ${ns} get events --field-selector type=Warning -o jsonpath='{range .items[*]}event {.message}{"\\n"}{end}' | tail -n 1 | cut -c1-400; true`,
    unmet: ({ code, stdout }) => (code === 0 ? probesUnmet(stdout, names, asking) : "the API server does not take the probes"),
    intervalMs: 2_000,
    deadlineMs: 180_000,
    evidence: sh`k get events -A --field-selector reason=FailedCreatePodSandBox --sort-by=.lastTimestamp | tail -n 5; k -n ${agent.namespace} get pods -o wide -l ${agent.selector}`,
  };
}

export const secondInterface = clusterStep({
  id: "multus/second-interface",
  summary: "a pod on every node can have a second interface",
  after: [
    "multus/attachments",
    { step: "multus/conf", on: "every-node" },
    { step: "dns/image", on: "every-node" },
    "kube-proxy/config",
  ],
  kube: () => ({ workloads: workloadsFact }),
  check: ({ kube, ...target }) => {
    if (!multus.inUse(target.cluster) || multusOf(target.cluster).probe.kind === "none") return ok;
    const live = kube?.workloads.find(isAgent);
    if (live?.metadata.annotations[provedAnnotation] === digestOf(target)) return ok;
    return { status: "change", changes: [{ what: "node", action: "look", target: "a second interface on every node" }] };
  },
  apply: () => [],
  verify: (target) => (multus.inUse(target.cluster) && multusOf(target.cluster).probe.kind !== "none" ? [proof(target)] : []),
});

const isAgent = ({ kind, metadata: { namespace, name } }: Workload): boolean =>
  kind === "DaemonSet" && namespace === agent.namespace && name === agent.name;
