import { sh } from "../host/sh.ts";

/** Deletes a Node and, when it was one, its etcd member, through a healthy control plane. */
export const forgetNode = (
  name: string,
  address: string | null,
) => sh`k delete node ${name} --ignore-not-found --wait=false >/dev/null
pod=$(k -n kube-system get pods -l component=etcd -o jsonpath='{range .items[?(@.status.phase=="Running")]}{.metadata.name} {.spec.nodeName}{"\\n"}{end}' | awk -v n=${name} '$2 != n {print $1; exit}')
[ -n "$pod" ] || exit 0
e() { k -n kube-system exec "$pod" -- etcdctl --cacert /etc/kubernetes/pki/etcd/ca.crt --cert /etc/kubernetes/pki/etcd/server.crt --key /etc/kubernetes/pki/etcd/server.key "$@"; }
id=$(e member list | awk -F', *' -v n=${name} -v u=${address === null ? "none" : `https://${address}:2380`} '$3 == n || $4 == u {print $1; exit}')
[ -z "$id" ] || e member remove "$id"`;
