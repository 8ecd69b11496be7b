import { type EtcdMember, etcdMembersFact } from "../../facts/upgradeEtcd.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import { compareMinors, isAtLeast, isVersion, minorOf } from "../../model/versions.ts";
import { refusal, refuse, warn } from "./refusal.ts";

/** From older ones 3.6 may revive members that were removed long ago: etcd.io/blog/2025/zombie_members_upgrade. */
const readyFor36 = "3.5.26";
const zombies = "https://etcd.io/blog/2025/zombie_members_upgrade/";
const upgrades = "https://etcd.io/docs/v3.6/upgrades/";

/** etcd's own rules, for every member that answers: who does not is an unhealthy start. */
export const etcd = refusal({
  name: "etcd",
  kube: () => ({ etcd: etcdMembersFact }),
  judge: ({ hop, catalog, kube }): readonly Diagnostic[] => {
    const wanted = catalog.kubernetes[hop.to]?.etcd.replace(/-.*$/, "") ?? "";
    if (!isVersion(wanted)) return []; // an image of somebody's own: the plan tells what is missing in the catalog
    return kube.etcd.members.filter(({ version }) => isVersion(version)).flatMap((member) => judgeMember(member, wanted, hop.to));
  },
});

function judgeMember({ endpoint, version }: EtcdMember, wanted: string, kubernetes: string): readonly Diagnostic[] {
  const who = `etcd's member ${endpoint} runs ${version}`;
  const from = minorOf(version);
  const to = minorOf(wanted);
  const goal = `Kubernetes ${kubernetes} brings etcd ${wanted}`;
  if (compareMinors(from, to) > 0)
    return [
      refuse("etcd-downgrade", {
        message: `${who}; ${goal}, which is older`,
        hint: `name an etcd of ${from} for ${kubernetes} in a mirror's catalog: etcd does not go back a minor in place (https://etcd.io/docs/v3.6/downgrades/)`,
      }),
    ];
  if (compareMinors(oneUp(from), to) < 0)
    return [
      refuse("etcd-minor", {
        message: `${who}; ${goal}: more than one minor in one step`,
        hint: `bring etcd to the newest ${oneUp(from)} first: one minor at a time (${upgrades})`,
      }),
    ];
  if (from === "3.5" && to === "3.6" && !isAtLeast(version, readyFor36))
    return [
      refuse("etcd-3.5.26", {
        message: `${who}; ${goal}, and 3.6 may only follow on ${readyFor36} or newer`,
        hint: `bring every member to ${readyFor36} or newer first, with a catalog that names it for the Kubernetes version that runs: members removed long ago would come back (${zombies})`,
      }),
    ];
  if (!isAtLeast(wanted, version))
    return [
      warn("etcd-patch", {
        message: `${who}; ${goal}, which is older`,
        hint: `kubeadm keeps the newer one; name ${version} or newer in a mirror's catalog (kubeadm phases/upgrade/staticpods.go)`,
      }),
    ];
  return [];
}

const oneUp = (minor: string): string => {
  const [major, number] = minor.split(".");
  return `${major}.${Number(number) + 1}`;
};
