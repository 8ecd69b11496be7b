import { cidrSize, parseCidr } from "../../model/ip.ts";
import { error, type Rule, warning } from "./rule.ts";

/** kube-controller-manager's --node-cidr-mask-size default for IPv4: what each node gets of the pods' network. */
const nodePrefix = 24;
/** kube-apiserver refuses a larger service network: "the mask must be >= 12" (cmd/kube-apiserver/app/options/validation.go). */
const largestService = 12;
/** kubeadm wants ten addresses, and puts DNS on the tenth (cmd/kubeadm/app/constants, MinimumAddressesInServiceSubnet). */
const smallestService = 28;
/** kubeadm allows at most 16 bits between the pods' network and a node's (PodSubnetNodeMaskMaxDiff). */
const largestPods = nodePrefix - 16;

/** The networks are big enough for the cluster, and not bigger than Kubernetes takes. */
export const addressRanges: Rule = (cluster, places) => [
  ...services(cluster, places),
  ...pods(cluster, places),
  ...podsPerNode(cluster, places),
];

const services: Rule = ({ network }, places) => {
  const range = parseCidr(network.services);
  if (range === null || (range.prefix >= largestService && range.prefix <= smallestService)) return [];
  const size = range.prefix < largestService ? "larger" : "smaller";
  const message = `network.services: ${network.services} is ${size} than Kubernetes takes`;
  return [
    error(
      "service-network-size",
      places.value(["network", "services"]),
      message,
      `use a prefix from /${largestService} to /${smallestService}, e.g. 10.96.0.0/16`,
    ),
  ];
};

const pods: Rule = ({ network, nodes }, places) => {
  const range = parseCidr(network.pods);
  if (range === null) return [];
  const place = places.value(["network", "pods"]);
  if (range.prefix < largestPods) {
    return [
      error(
        "pod-network-size",
        place,
        `network.pods: ${network.pods} is larger than Kubernetes takes`,
        `use a prefix from /${largestPods} to /${nodePrefix}`,
      ),
    ];
  }
  const room = Math.floor(cidrSize(range) / 2 ** (32 - nodePrefix));
  if (nodes.length <= room) return [];
  const message = `network.pods: ${network.pods} has room for ${room} ${room === 1 ? "node" : "nodes"}, and there are ${nodes.length}: every node takes a /${nodePrefix}`;
  const needed = nodePrefix - Math.ceil(Math.log2(nodes.length));
  return [error("pod-network-size", place, message, `use /${needed} or larger`)];
};

const podsPerNode: Rule = ({ kubelet }, places) => {
  // Network, broadcast and gateway addresses go to no pod.
  const usable = 2 ** (32 - nodePrefix) - 3;
  if (kubelet.maxPods <= usable) return [];
  const message = `kubelet.maxPods: ${kubelet.maxPods} pods do not fit into the /${nodePrefix} of a node, which has ${usable} addresses for them`;
  return [warning("max-pods", places.value(["kubelet", "maxPods"]), message, `use ${usable} or less`)];
};
