import { describe, expect, test } from "vitest";
import { canalManifest } from "../../../roles/canal/manifest.ts";
import { madeOf } from "../../../roles/cluster/manifestSteps.ts";
import { dict, type KubeObject, list } from "../../../src/role/objects/kubeObject.ts";
import { canalCluster, canalHarness } from "./canalSample.ts";

const objectsOf = (backend?: "vxlan" | "host-gw") => madeOf(canalManifest, canalHarness(canalCluster(backend)).target).objects;
const podOf = (objects: readonly KubeObject[]): KubeObject =>
  dict(dict(dict(objects.find(({ kind }) => kind === "DaemonSet")?.spec).template).spec);
const container = (name: string): KubeObject => list(podOf(objectsOf()).containers).find((one) => one.name === name) ?? {};

describe("Canal", () => {
  test("runs flannel as flannel's own release does, beside Felix", () => {
    expect(container("kube-flannel")).toMatchObject({
      image: expect.stringMatching(/^ghcr\.io\/flannel-io\/flannel:v0\.28\.7@sha256:/),
      args: [
        "--ip-masq",
        "--iptables-forward-rules=false",
        "--ip-blackhole-route",
        "--healthz-ip=127.0.0.1",
        "--healthz-port=8081",
      ],
      env: [{ name: "FLANNELD_IFACE", value: "" }],
      readinessProbe: { httpGet: { path: "/healthz", port: 8081 } },
    });
    expect(container("kube-flannel")).not.toHaveProperty("securityContext.privileged");
  });

  test("Felix calls the iptables that goes with kube-proxy, and is asked on the loopback alone", () => {
    const env = new Map(list(container("calico-node").env).map(({ name, value }) => [name, value]));
    expect(env.get("FELIX_IPTABLESBACKEND")).toBe("NFT");
    expect(env.get("FELIX_PROMETHEUSMETRICSHOST")).toBe("127.0.0.1");
    expect(env.get("USE_POD_CIDR")).toBe("true");
  });

  test("has the cluster's network and what flannel's packets leave of an MTU of 1500", () => {
    const data = (backend?: "vxlan" | "host-gw") => dict(objectsOf(backend).find(({ kind }) => kind === "ConfigMap")?.data);
    expect(JSON.parse(String(data()["net-conf.json"]))).toEqual({
      Network: "10.244.0.0/16",
      EnableNFTables: true,
      Backend: { Type: "vxlan" },
    });
    expect(data().veth_mtu).toBe("1450");
    expect(data("host-gw").veth_mtu).toBe("1500");
  });

  test("leaves out the controllers of an IPAM that it does not have", () => {
    expect(JSON.stringify(objectsOf())).not.toContain("kube-controllers");
  });

  test("keeps off nodes that have another network still", () => {
    expect(podOf(objectsOf()).affinity).toEqual({
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [
            { matchExpressions: [{ key: "provision/network", operator: "NotIn", values: ["flannel", "none"] }] },
          ],
        },
      },
    });
  });
});
