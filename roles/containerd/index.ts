import { storePath } from "../../src/artifacts/storePath.ts";
import { artifactOf, kubernetesSet } from "../../src/role/artifactOf.ts";
import { resourceStep } from "../../src/role/resource.ts";
import { file } from "../../src/role/resources/file.ts";
import { copies, link, stored } from "../../src/role/resources/stored.ts";
import { installed, running, type Service } from "../../src/role/resources/unit.ts";
import type { NodeTarget, Step, Target } from "../../src/role/step.ts";

const programs = ["containerd", "containerd-shim-runc-v2", "ctr"];
const bin = (name: string): string => `/usr/local/bin/${name}`;

const versions = (target: Target) => {
  const { containerd } = target.cluster;
  return {
    containerd: artifactOf(target, "containerd", containerd.version),
    runc: artifactOf(target, "runc", containerd.runc),
    crictl: artifactOf(target, "crictl", kubernetesSet(target).crictl),
    plugins: artifactOf(target, "cni-plugins", containerd.cniPlugins),
  };
};

const links = (target: Target): readonly { path: string; target: string }[] => {
  const { containerd, runc } = versions(target);
  return [
    ...programs.map((name) => ({ path: bin(name), target: `${storePath(containerd)}/${name}` })),
    { path: bin("runc"), target: `${storePath(runc)}/runc` },
  ];
};

function service(target: NodeTarget): Service {
  const { render, cluster } = target;
  const content = render("containerd/config.toml", {
    sandbox: `registry.k8s.io/pause:${kubernetesSet(target).pause}`,
    restrictOomScoreAdj: cluster.containerd.restrictOomScoreAdj,
  });
  return {
    unit: "containerd.service",
    content: render("containerd/containerd.service", {}),
    files: [{ path: "/etc/containerd/config.toml", content }],
    links: links(target),
  };
}

/** containerd, runc, crictl and the CNI plug-ins: in the store first, then linked, then run. */
export const containerd: readonly Step[] = [
  resourceStep({
    id: "containerd/store",
    summary: "containerd, runc and crictl are in the store",
    stage: true,
    after: ["os/claim"],
    resources: (target) => [stored(versions(target).containerd), stored(versions(target).runc), stored(versions(target).crictl)],
  }),
  resourceStep({
    id: "containerd/config",
    summary: "containerd's configuration",
    after: ["os/claim"],
    resources: (target) => {
      const { artifacts } = target.cluster;
      const registry = artifacts.from === "mirror" ? artifacts.registry : null;
      const hosts =
        registry === null
          ? []
          : [
              file({
                path: "/etc/containerd/certs.d/_default/hosts.toml",
                content: target.render("containerd/hosts.toml", { registry }),
              }),
            ];
      return [
        ...service(target).files.map(file),
        ...hosts,
        file({ path: "/etc/crictl.yaml", content: target.render("containerd/crictl.yaml", {}) }),
      ];
    },
  }),
  resourceStep({
    id: "containerd/service",
    summary: "containerd runs the current programs and configuration",
    after: ["containerd/store", "containerd/config", "os/modules", "os/sysctl"],
    resources: (target) => [
      ...links(target).map((one) => link(one.path, one.target)),
      link(bin("crictl"), `${storePath(versions(target).crictl)}/crictl`),
      installed(service(target)),
      running(service(target), "starting and stopping pods on this node, for a second; running pods go on"),
    ],
  }),
  resourceStep({
    id: "containerd/cni-plugins",
    summary: "the CNI plug-ins are in /opt/cni/bin",
    after: ["kubernetes/store", "containerd/store"],
    resources: (target) => [stored(versions(target).plugins), copies(versions(target).plugins, "/opt/cni/bin")],
  }),
];
