import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { allowedPrivileges, privilegesRow, unknownPrivileges } from "../../../roles/allowedPrivileges.ts";
import type { KubeObject } from "../../../src/role/objects/kubeObject.ts";
import { leastPrivilege } from "../../../src/role/objects/leastPrivilege.ts";
import { beyond, privilegesOf } from "../../../src/role/objects/privileges.ts";
import type { Target } from "../../../src/role/step.ts";
import { harness, inventory } from "../roles/sample.ts";

const workload = (kind: string, pod: KubeObject): KubeObject => ({
  kind,
  metadata: { name: "x" },
  spec: { template: { spec: pod } },
});

/** In the shape of flannel's own DaemonSet, with what `more` adds to its agent and its pod. */
const flannel = (more: { agent?: KubeObject; pod?: KubeObject } = {}): string =>
  JSON.stringify({
    apiVersion: "apps/v1",
    kind: "DaemonSet",
    metadata: { name: "kube-flannel-ds", namespace: "kube-flannel" },
    spec: {
      template: {
        spec: {
          hostNetwork: true,
          initContainers: [{ name: "install-cni", image: "ghcr.io/flannel-io/flannel:v0.28.7", command: ["cp"] }],
          containers: [
            {
              name: "kube-flannel",
              image: "ghcr.io/flannel-io/flannel:v0.28.7",
              securityContext: { privileged: false, capabilities: { add: ["NET_ADMIN", "NET_RAW"] } },
              ...more.agent,
            },
          ],
          volumes: ["/run/flannel", "/opt/cni/bin", "/etc/cni/net.d", "/run/xtables.lock"].map((path, index) => ({
            name: `v${index}`,
            hostPath: { path },
          })),
          ...more.pod,
        },
      },
    },
  });
const withFlannel = (text: string): Target => ({ ...harness(inventory("lab")).target, text: () => text });

describe("what pods of this tool may have", () => {
  test("flannel's release asks for nothing that the table does not have", () => {
    expect(unknownPrivileges(withFlannel(flannel()))).toEqual([]);
  });

  test("a release that asks for the machine's processes and one more folder is told in the plan", () => {
    const text = flannel({ pod: { hostPID: true, volumes: [{ name: "root", hostPath: { path: "/" } }] } });
    expect(unknownPrivileges(withFlannel(text))).toMatchObject([
      { severity: "warning", code: "pods/more-privileges", seen: "the machine's pid, path /" },
    ]);
  });

  test("flannel's containers get what they need, whatever the release gives them", () => {
    const text = flannel({ agent: { securityContext: { privileged: true } } });
    expect(unknownPrivileges(withFlannel(text))).toEqual([]);
  });

  test("docs/security.md has the table as it is", () => {
    const page = readFileSync(new URL("../../../docs/security.md", import.meta.url), "utf8");
    for (const row of allowedPrivileges) expect(page).toContain(privilegesRow(row));
  });
});

describe("the least that works", () => {
  test("programs of Deployments have no capabilities and a seccomp profile, unless their release says otherwise", () => {
    const made = leastPrivilege(
      workload("Deployment", { containers: [{ name: "a" }, { name: "b", securityContext: { capabilities: { add: ["X"] } } }] }),
    );
    expect(made).toMatchObject({
      spec: {
        template: {
          spec: {
            securityContext: { seccompProfile: { type: "RuntimeDefault" } },
            containers: [
              { securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } } },
              { securityContext: { allowPrivilegeEscalation: false, capabilities: { add: ["X"] } } },
            ],
          },
        },
      },
    });
    const agent = workload("DaemonSet", { containers: [{ name: "a" }] });
    expect(leastPrivilege(agent)).toBe(agent);
  });

  test("what is not dropped counts, and so does what is added beside a port below 1024", () => {
    const [has] = privilegesOf([
      workload("Deployment", {
        containers: [
          { name: "a", securityContext: { capabilities: { drop: ["ALL"], add: ["NET_BIND_SERVICE", "SYS_TIME"] } } },
          { name: "b" },
          { name: "c", securityContext: { privileged: true } },
        ],
      }),
    ]);
    expect(has).toMatchObject({ capabilities: ["(default)", "SYS_TIME"], privileged: ["c"], host: [], paths: [] });
    expect(has === undefined ? [] : beyond(has, undefined)).toEqual([
      "privileged container c",
      "capability (default)",
      "capability SYS_TIME",
    ]);
  });
});
