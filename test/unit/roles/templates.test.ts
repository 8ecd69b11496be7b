import { describe, expect, test } from "vitest";
import { readTemplates } from "../../../src/testing/roleHarness.ts";
import { effects } from "./effects.ts";
import { clusterWithout, freshMachine, harness, inventory, liveCluster, noCluster, templatesFolder } from "./sample.ts";
import { documents, hardest, written } from "./written.ts";

const lab = inventory("lab");
const ha = inventory("lab-ha");

test("every template is used by a role", () => {
  const rendered = new Set<string>();
  for (const [cluster, nodes] of [
    [lab, ["cp-1", "w-1"]],
    [ha, ["cp-2"]],
  ] as const) {
    const roles = harness(cluster);
    const { render } = roles.target;
    Object.assign(roles.target, {
      render: (name: string, data: Record<string, unknown>) => {
        rendered.add(name);
        return render(name, data);
      },
    });
    for (const node of nodes)
      roles.converge(node, freshMachine(node), node === "cp-1" ? noCluster : clusterWithout(node), {
        ...effects,
        "publish a bootstrap token": () => undefined,
      });
    roles.apply("dns/installed", null, liveCluster());
  }
  expect([...rendered].sort()).toEqual([...readTemplates(templatesFolder).keys()].sort());
});

describe.each([
  ["lab", lab, "cp-1"],
  ["lab", lab, "w-1"],
  ["three control planes", ha, "cp-2"],
  ["everything switched off", hardest, "cp-1"],
  ["everything switched off", hardest, "w-1"],
] as const)("%s, %s", (_name, cluster, node) => {
  const files = written(cluster, node);

  test("what is YAML parses as YAML, with a kind where Kubernetes wants one", () => {
    for (const [path, text] of files) {
      if (!/\.(yaml|conf)$/.test(path) || !path.startsWith("/etc/kubernetes/")) continue;
      for (const document of documents(text))
        expect([path, document]).toEqual([path, expect.objectContaining({ kind: expect.any(String) })]);
    }
  });

  test("what is TOML has tables and quoted or plain values on every line", () => {
    for (const [path, text] of files) {
      if (!path.endsWith(".toml")) continue;
      for (const line of text.split("\n")) {
        expect([path, line]).toEqual([
          path,
          expect.stringMatching(/^$|^#|^\s*\[[^\]]+(\]|"\])$|^\s*[A-Za-z_]+ = ("[^"]*"|\d+|true|false|\[("[^"]*"(, )?)*\])$/),
        ]);
      }
    }
  });

  test("units name a program of the store and are started at boot", () => {
    const units = [...files].filter(([path]) => /^\/etc\/systemd\/system\/[^/]+\.service$/.test(path));
    expect(units.length).toBeGreaterThanOrEqual(2);
    for (const [path, text] of units) {
      expect([path, text]).toEqual([path, expect.stringMatching(/^ExecStart=\/usr\/local\/bin\/\S+/m)]);
      expect([path, text]).toEqual([path, expect.stringMatching(/^WantedBy=multi-user\.target$/m)]);
    }
  });

  test("nothing is left unfilled", () => {
    for (const [path, text] of files)
      expect([path, text]).toEqual([path, expect.not.stringMatching(/\{\{|undefined|\[object|NaN/)]);
  });
});
