import { type CertificateSeen, certificatesFact } from "../../facts/upgradeMachine.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import { listed, refusal, refuse, warn } from "./refusal.ts";

const day = 86_400;
/** An upgrade, and what may have to be done after it, should be over by then. */
const soonDays = 7;
const guide = "https://kubernetes.io/docs/tasks/administer-cluster/kubeadm/kubeadm-certs/";

/** kubeadm's upgrade renews its leaf certificates, never a CA; with an expired one nothing answers long enough for it. */
export const certificates = refusal({
  name: "certificates",
  node: () => ({ certificates: certificatesFact }),
  judge: ({ now, nodes }): readonly Diagnostic[] =>
    [...nodes].flatMap(([node, { certificates: all }]) => {
      const expired = all.filter(({ notAfter }) => notAfter <= now);
      const soon = all.filter(({ notAfter }) => notAfter > now && notAfter - now <= soonDays * day);
      return [
        ...(expired.length === 0
          ? []
          : [
              refuse("certificate-expired", {
                node,
                message: `${expired.length === 1 ? "a certificate has" : `${expired.length} certificates have`} expired`,
                seen: told(expired),
                hint: remedy(expired),
              }),
            ]),
        ...(soon.length === 0
          ? []
          : [
              warn("certificate-expires", {
                node,
                message: `${soon.length === 1 ? "a certificate expires" : `${soon.length} certificates expire`} within ${soonDays} days`,
                seen: told(soon),
                hint: soon.some(({ ca }) => ca)
                  ? remedy(soon)
                  : `the upgrade renews it on control planes, kubelets renew their own (${guide})`,
              }),
            ]),
      ];
    }),
});

const told = (all: readonly CertificateSeen[]): string =>
  listed(all.map(({ path, notAfter }) => `${path} until ${new Date(notAfter * 1000).toISOString().slice(0, 10)}`));

function remedy(all: readonly CertificateSeen[]): string {
  if (all.some(({ ca }) => ca))
    return "an upgrade does not renew a CA: rotate it first (https://kubernetes.io/docs/tasks/tls/manual-rotation-of-ca-certificates/)";
  if (all.some(({ path }) => path.startsWith("/var/lib/kubelet")))
    return `the kubelet lost touch for longer than its certificate lasts: reset the node and let it join again (${guide})`;
  return `provision certs renew renews it, node by node, and restarts what reads it (${guide})`;
}
