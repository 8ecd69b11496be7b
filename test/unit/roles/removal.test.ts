import { describe, expect, test } from "vitest";
import { effects } from "./effects.ts";
import { clusterWithout, freshMachine, harness, inventory, noCluster } from "./sample.ts";

const roles = harness(inventory("lab-ha"));
const removals = roles.instances.map(({ id }) => ({ id, actions: roles.remove(id) })).filter(({ actions }) => actions.length > 0);

describe("what reset does", () => {
  test("deletes no folder that belongs to the machine", () => {
    const deleted = removals.flatMap(({ actions }) =>
      actions.flatMap((action) => (action.kind === "delete" ? [action.path] : [])),
    );
    expect(deleted.length).toBeGreaterThan(10);
    const machines = [
      "/etc/systemd/system",
      "/etc/systemd",
      "/usr/local/bin",
      "/usr/local",
      "/var/lib",
      "/var/log",
      "/opt/cni",
      "/run/systemd",
    ];
    for (const path of deleted) {
      expect(path).toMatch(/^\/[^/]+(\/[^/]+)+$/);
      expect(path.split("/")).not.toContain("..");
      expect(machines).not.toContain(path);
    }
  });

  test("never walks into other file systems, and quotes what it deletes", () => {
    for (const { id, actions } of removals)
      for (const action of actions) {
        if (action.kind !== "run" && action.kind !== "job") continue;
        for (const [command] of action.script.text.matchAll(/find [^|;]*-delete/g))
          expect([id, command]).toEqual([id, expect.stringContaining("-xdev")]);
        for (const [command] of action.script.text.matchAll(/rm -rf? .*/g))
          expect([id, command]).toEqual([id, expect.not.stringMatching(/ \/(\s|$|\*)/)]);
      }
  });

  test("takes away every file, link and program that the roles put there", () => {
    for (const name of ["cp-1", "w-1"]) {
      const machine = freshMachine(name);
      roles.converge(name, machine, name === "cp-1" ? noCluster : clusterWithout(name), effects);
      const put = [...machine.paths.keys()];
      expect(put.length).toBeGreaterThan(15);
      const own = [...roles.instances].reverse().filter((one) => one.node?.name === name);
      for (const { id } of own) machine.take(roles.remove(id), { ...effects, ...removeEffects });
      const left = [...machine.paths.keys()].filter((path) => !made.some((folder) => path.startsWith(`${folder}/`)));
      expect(left).toEqual([]);
      expect([...machine.store]).toEqual([]);
    }
  });

  test("stops what runs before it deletes what it runs from, and gives up its mark of ownership last", () => {
    const last = [...roles.instances].reverse().filter((one) => one.node?.name === "w-1");
    const kinds = last.flatMap(({ id }) => roles.remove(id).map((action) => ({ id, action })));
    const leave = kinds.findIndex(({ action }) => action.kind === "job" && action.name === "leave");
    const programs = kinds.findIndex(({ action }) => action.kind === "delete" && action.path === "/usr/local/bin/containerd");
    expect(leave).toBeGreaterThanOrEqual(0);
    expect(leave).toBeLessThan(programs);
    expect(kinds.slice(-2).map(({ action }) => action)).toEqual([
      { kind: "delete", path: "/var/lib/provision" },
      { kind: "delete", path: "/run/provision" },
    ]);
  });
});

/** Folders the claim takes away whole when they were not there before: its script, not single deletes. */
const made = ["/etc/kubernetes", "/var/lib/kubelet", "/etc/containerd", "/etc/provision", "/run/flannel"];
const removeEffects = {
  "take away the copy of kube-proxy's rules": () => undefined,
  "stop all pods, remove their mounts, interfaces and rules": () => undefined,
  "remove cni-plugins from /opt/cni/bin": () => undefined,
  "put sysctls back": () => undefined,
  "unload overlay if it was loaded here": () => undefined,
  "unload br_netfilter if it was loaded here": () => undefined,
  "remove what was not there before": () => undefined,
};
