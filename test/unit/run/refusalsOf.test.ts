import { expect, test } from "vitest";
import { HostError } from "../../../src/host/host.ts";
import { refusalsOf } from "../../../src/run/refusalsOf.ts";
import { FakeHost } from "../../../src/testing/fakeHost.ts";
import { kubeFactsOfRefusals, nodeFactsOfRefusals } from "../../../src/upgrade/refusals/index.ts";
import { hopOf, ofCluster, ofNode } from "../upgrade/refusals/judge.ts";
import { budget, healthy, type Scene } from "../upgrade/refusals/scene.ts";
import { isLook, lookReply, worldOf } from "./machines.ts";

/** Machines that answer the refusals' looks as the scene of that moment says. */
function machines(scene: () => Scene): readonly FakeHost[] {
  const target = hopOf(scene());
  return target.cluster.nodes.map((node) => {
    const own = nodeFactsOfRefusals(target, node);
    const kube = kubeFactsOfRefusals(target);
    const answer = (script: string) => {
      const now = scene();
      return {
        stdout: lookReply(script, (probe) => {
          const ofHost = own.find((fact) => fact.script.text === probe);
          if (ofHost !== undefined) return ofNode(now, node.name, ofHost);
          const fact = kube.find((one) => one.script.text === probe);
          if (fact === undefined) throw new Error(`nobody was told how to answer:\n${probe}`);
          return ofCluster(now, fact);
        }),
      };
    };
    return new FakeHost(node.name, [{ when: isLook, reply: answer }]);
  });
}

const ask = (scene: Scene, hosts: readonly FakeHost[]) => {
  const { cluster, catalog, hop } = hopOf(scene);
  const groups = [{ name: "workers", nodes: cluster.nodes, window: 1 }] as const;
  const staged = cluster.nodes.map(({ name }) => name);
  return refusalsOf(worldOf(cluster, hosts).sessions, { cluster, catalog }, { hops: [hop], staged, groups });
};

test("all refusals take one script per machine and one for the cluster", async () => {
  const scene = healthy();
  const hosts = machines(() => scene);
  expect(await ask(scene, hosts)).toEqual([]);
  expect(hosts.map(({ ran }) => ran.length)).toEqual([2, 1, 1]);
});

test("what may pass is looked at again, and is no refusal when it has passed", async () => {
  const scene = healthy();
  let looks = 0;
  scene.missing.add("kube-apiserver@cp-1");
  const hosts = machines(() => (looks++ > 4 ? healthy() : scene));
  expect(await ask(scene, hosts)).toEqual([]);
  expect(hosts[1]?.ran.length).toBeGreaterThan(1);
});

test("beside what cannot pass there is nothing to wait for", async () => {
  const scene = healthy();
  scene.missing.add("kube-apiserver@cp-1");
  scene.pods.push({ name: "web-1", node: "w-1", labels: { app: "web" } });
  const never = { disruptionsAllowed: 0, currentHealthy: 1, desiredHealthy: 1, expectedPods: 1 };
  scene.budgets.push(budget("web", { minAvailable: 1 }, never));
  const hosts = machines(() => scene);
  expect((await ask(scene, hosts)).map(({ code }) => code)).toEqual(["upgrade/static-pods", "upgrade/budget-never"]);
  expect(hosts[1]?.ran).toHaveLength(1);
});

test("a machine that is lost is told, and the others are judged", async () => {
  const scene = healthy();
  const lost = new HostError("unreachable", "w-1", "w-1 refuses the connection");
  const hosts = machines(() => scene).map((host) =>
    host.name === "w-1" ? new FakeHost("w-1", [{ when: isLook, reply: () => Promise.reject(lost) }]) : host,
  );
  scene.room.set("w-2", "/opt/provision\t1\t2049\n");
  expect((await ask(scene, hosts)).map(({ code, place }) => `${code} ${place.node}`)).toEqual([
    "host/unreachable w-1",
    "upgrade/disk w-2",
  ]);
});
