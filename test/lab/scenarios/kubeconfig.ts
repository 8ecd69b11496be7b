import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { kubectlPath, type Scenario } from "./scenario.ts";

const execute = promisify(execFile);

/** The administrator's way in, printed and merged. */
export function kubeconfigTests(it: () => Scenario): void {
  describe("kubeconfig", () => {
    const own = `# mine
  apiVersion: v1
  kind: Config
  current-context: home
  clusters:
    - name: home # the old one
      cluster: {server: "https://192.0.2.1:6443"}
  users:
    - name: me
      user: {token: abc}
  contexts:
    - name: home
      context: {cluster: home, user: me, namespace: work}
  preferences: {colors: true}
  `;

    test("printed, it talks to the API from here, logs and exec included", async () => {
      const { stdout } = await it().expectRun(0, ["kubeconfig"]);
      const file = join(it().folder, "admin.conf");
      writeFileSync(file, stdout, { mode: 0o600 });
      const kubectl = async (...args: string[]) => (await execute(kubectlPath, ["--kubeconfig", file, ...args])).stdout;
      expect((await kubectl("get", "nodes", "-o", "name")).trim().split("\n")).toEqual(["node/cp-1", "node/w-1", "node/w-2"]);
      expect(await kubectl("-n", "kube-system", "logs", "deployment/coredns")).toContain("CoreDNS-1.");
      expect(await kubectl("-n", "kube-system", "exec", "etcd-cp-1", "--", "etcdctl", "version")).toContain("etcdctl version");
    });

    test("merged, it loses nothing of what is there, and again changes nothing", async () => {
      const file = join(it().folder, "config");
      writeFileSync(file, own, { mode: 0o644 });
      await it().expectRun(0, ["kubeconfig", "--merge", "--output", file]);
      const merged = readFileSync(file, "utf8");
      expect(merged).toContain("# mine");
      const [was, is] = [parse(own), parse(merged)];
      for (const kind of ["clusters", "users", "contexts"]) {
        expect(is[kind]).toEqual(expect.arrayContaining(was[kind]));
        expect(is[kind]).toHaveLength(2);
      }
      expect(is.preferences).toEqual(was.preferences);
      expect(is["current-context"]).toBe("s1");
      expect((await execute("stat", ["-c", "%a", file])).stdout.trim()).toBe("600");
      await it().expectRun(0, ["kubeconfig", "--merge", "--output", file]);
      expect(readFileSync(file, "utf8")).toBe(merged);
    });
  });
}
