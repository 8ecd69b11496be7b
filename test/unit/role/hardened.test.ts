import { describe, expect, test } from "vitest";
import { usedObjects } from "../../../src/role/objects/hardened.ts";
import { dict, type KubeObject, list } from "../../../src/role/objects/kubeObject.ts";
import type { Target } from "../../../src/role/step.ts";

const tags = [
  "flannel:v0.28.7-build20260722",
  "cni-plugins:v1.9.1-build20260717",
  "calico:v3.28.5-build20260722",
  "multus-cni:v4.2.3-build20260206",
  "multus-thick:v4.2.3-build20260206",
];
const target = {
  cluster: { images: { profile: "hardened", strict: false } },
  catalog: { images: tags.map((tag) => ({ ref: `docker.io/rancher/hardened-${tag}`, digest: null })) },
} as unknown as Target;

/** A pod of one container, as it runs from the rebuilt image. */
function used(container: KubeObject): { pod: KubeObject; container: KubeObject } {
  const [object = {}] = usedObjects(target, [
    { kind: "DaemonSet", spec: { template: { spec: { containers: [{ name: "one", ...container }] } } } },
  ]);
  const pod = dict(dict(dict(object.spec).template).spec);
  return { pod, container: list(pod.containers)[0] ?? {} };
}

describe("what a rebuilt image needs told", () => {
  test("flannel's configuration is copied by the shell's own cp: not every build has install-conf", () => {
    const args = ["/etc/kube-flannel/cni-conf.json", "/etc/cni/net.d/10-flannel.conflist"];
    const { container } = used({ image: "ghcr.io/flannel-io/flannel:v0.28.7", command: ["/opt/bin/install-conf"], args });
    expect(container).toMatchObject({ command: ["cp"], args: ["-f", ...args] });
    expect(String(container.image)).toContain("hardened-flannel");
  });

  test("of all plug-ins only flannel's is brought, from and to where the image has it", () => {
    const { container } = used({
      image: "ghcr.io/flannel-io/flannel-cni-plugin:v1.9.1-flannel2",
      command: ["cp"],
      args: ["-f", "/flannel", "/opt/cni/bin/flannel"],
      volumeMounts: [{ name: "cni-plugin", mountPath: "/opt/cni/bin" }],
    });
    expect(container).toMatchObject({
      command: ["cp"],
      args: ["-f", "/opt/cni/bin/flannel", "/host/opt/cni/bin/flannel"],
      volumeMounts: [{ name: "cni-plugin", mountPath: "/host/opt/cni/bin" }],
    });
  });

  test("Calico's one image has no command and its agent elsewhere", () => {
    const probe = { exec: { command: ["/bin/calico-node", "-felix-live"] } };
    const { container } = used({
      image: "docker.io/calico/node:v3.28.5",
      lifecycle: { preStop: probe },
      livenessProbe: probe,
      env: [{ name: "A", value: "/bin/calico-node" }],
    });
    const moved = { exec: { command: ["/usr/bin/calico-node", "-felix-live"] } };
    expect(container).toMatchObject({
      command: ["start_runit"],
      lifecycle: { preStop: moved },
      livenessProbe: moved,
      env: [{ value: "/bin/calico-node" }],
    });
    expect(used({ image: "quay.io/calico/node:v3.28.5", command: ["calico-node", "-init"] }).container.command).toEqual([
      "calico-node",
      "-init",
    ]);
  });

  test("Calico's controllers stay without root, and get the folder that upstream's image has", () => {
    const { pod, container } = used({ image: "docker.io/calico/kube-controllers:v3.28.5" });
    expect(container).toMatchObject({
      command: ["/usr/bin/kube-controllers"],
      securityContext: { runAsUser: 999, runAsNonRoot: true },
      volumeMounts: [{ mountPath: "/status" }],
    });
    expect(pod.volumes).toEqual([{ name: list(container.volumeMounts)[0]?.name, emptyDir: {} }]);
  });

  test("Multus: the thin image is as upstream's, the thick one has no installer", () => {
    const thin = {
      image: "ghcr.io/k8snetworkplumbingwg/multus-cni:v4.2.3",
      command: ["/install_multus"],
      args: ["--type", "thin"],
    };
    expect(used(thin).container).toMatchObject({ command: ["/install_multus"], args: ["--type", "thin"] });
    const image = "ghcr.io/k8snetworkplumbingwg/multus-cni:v4.2.3-thick";
    expect(used({ image, command: ["/usr/src/multus-cni/bin/install_multus", "-t", "thick"] }).container).toMatchObject({
      command: ["sh", "-c", expect.stringContaining("cp -f")],
    });
    expect(used({ image, command: ["/usr/src/multus-cni/bin/multus-daemon"] }).container.command).toEqual([
      "/usr/src/multus-cni/bin/multus-daemon",
    ]);
  });

  test("what has no rebuilt image is left as it is", () => {
    const typha = { name: "one", image: "docker.io/calico/typha:v3.28.5", securityContext: { runAsNonRoot: true } };
    expect(used(typha).container).toEqual(typha);
  });
});
