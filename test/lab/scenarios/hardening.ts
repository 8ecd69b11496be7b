import { describe, expect, test } from "vitest";
import { CN, dns, ip, makeRequest, O } from "../../unit/kube/makeRequest.ts";
import { auditLog, caOf, servedName } from "./kube.ts";
import type { Scenario } from "./scenario.ts";

/** What a cluster of three nodes refuses and hides, tried. */
export function hardeningTests(it: () => Scenario): void {
  describe("hardening", () => {
    test("a secret is encrypted in etcd, and its content is not in the audit log", async () => {
      await it().kubectl("create secret generic lab-secret --from-literal=word=plain-to-see");
      const etcd =
        "etcdctl --cacert /etc/kubernetes/pki/etcd/ca.crt --cert /etc/kubernetes/pki/etcd/server.crt --key /etc/kubernetes/pki/etcd/server.key";
      const raw = await it().kubectl(
        `-n kube-system exec etcd-cp-1 -- ${etcd} get /registry/secrets/default/lab-secret | tr -cd '[:print:]'`,
      );
      expect(raw).toContain("k8s:enc:secretbox:v1:");
      expect(raw).not.toContain("plain-to-see");
      expect(await it().kubectl("get secret lab-secret -o jsonpath={.data.word}")).toBe(
        Buffer.from("plain-to-see").toString("base64"),
      );
      const created = (await auditLog(it())).filter((line) => line.verb === "create" && line.objectRef?.name === "lab-secret");
      expect(created).toHaveLength(1);
      expect(created[0]?.requestObject).toBeUndefined();
    });

    test("without a login, only health is told", async () => {
      const url = `https://${it().lab.node("cp-1").address}:6443`;
      const ask = (path: string) => it().on("w-1", `curl -sk -o /dev/null -w '%{http_code}' ${url}${path}`);
      expect(await ask("/api/v1/namespaces")).toBe("401");
      expect(await ask("/version")).toBe("401");
      expect(await ask("/readyz")).toBe("200");
    });

    test("kubelets serve with certificates of the cluster's CA", async () => {
      const ca = caOf((await it().expectRun(0, ["kubeconfig"])).stdout);
      for (const node of it().lab.nodes) expect(await servedName(node.address, 10250, ca)).toBe(`system:node:${node.name}`);
    });

    test("a serving request for a node that is not in the inventory stays unapproved, also while others are approved", async () => {
      const subject = [
        [O, "system:nodes"],
        [CN, "system:node:ghost"],
      ] as const;
      const pem = makeRequest({ subject, names: [dns("ghost"), ip(10, 77, 0, 99)] })
        .toString("base64")
        .replace(/.{64}/g, "$&\n");
      const request = Buffer.from(`-----BEGIN CERTIFICATE REQUEST-----\n${pem}\n-----END CERTIFICATE REQUEST-----\n`).toString(
        "base64",
      );
      const csr = {
        apiVersion: "certificates.k8s.io/v1",
        kind: "CertificateSigningRequest",
        metadata: { name: "ghost" },
        spec: { request, signerName: "kubernetes.io/kubelet-serving", usages: ["digital signature", "server auth"] },
      };
      const ghost = "--as system:node:ghost --as-group system:nodes --as-group system:authenticated";
      await it().kubectl(`create ${ghost} -f - <<'END'\n${JSON.stringify(csr)}\nEND`);
      await it().on("w-2", "rm /var/lib/kubelet/pki/kubelet-server-*.pem; systemctl restart kubelet");
      await it().expectRun(0, ["up", "--yes"]);
      expect(await servedName(it().lab.node("w-2").address, 10250, caOf((await it().expectRun(0, ["kubeconfig"])).stdout))).toBe(
        "system:node:w-2",
      );
      expect(await it().kubectl("get csr ghost -o jsonpath={.status}")).toBe("{}");
      await it().kubectl("delete csr ghost");
    });

    test("a privileged pod is refused where a namespace says nothing else", async () => {
      const pod = {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: "mighty" },
        spec: { containers: [{ name: "c", image: "docker.io/library/busybox:1.36", securityContext: { privileged: true } }] },
      };
      const { exitCode, stderr } = await it().lab.exec(
        "cp-1",
        `KUBECONFIG=/etc/kubernetes/admin.conf kubectl -n default create -f - <<'END'\n${JSON.stringify(pod)}\nEND`,
      );
      expect(exitCode).toBe(1);
      expect(stderr).toContain('violates PodSecurity "baseline:latest"');
    });
  });
}
