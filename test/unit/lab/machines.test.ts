import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { inventoryYaml } from "../../lab/inventory.ts";
import { mountPointsBelow } from "../../lab/mounts.ts";
import { topologyNodes } from "../../lab/naming.ts";
import { userIds } from "../../lab/node.ts";
import { formatElapsed, Progress } from "../../lab/progress.ts";
import { waitFor } from "../../lab/waitFor.ts";

const lab = { name: "t1", number: 3 };
const nodes = topologyNodes(lab, { controlPlanes: 1, workers: 1 });
const input = { lab, kubernetes: "1.36.4", nodes, identityFile: "/c/id_ed25519", knownHosts: "/c/labs/t1/known_hosts" };

describe("inventoryYaml", () => {
  it("describes the lab's own mirror, registry, keys and nodes", () => {
    const inventory = parse(inventoryYaml({ ...input, artifacts: "mirror" }));
    expect(inventory.artifacts.catalog).toBe("http://10.77.3.254:8080/catalog.json");
    expect(inventory.artifacts.registry).toBe("http://10.77.3.254:5000");
    expect(inventory.ssh.knownHosts).toBe("/c/labs/t1/known_hosts");
    expect(inventory.nodes).toEqual([
      { name: "cp-1", address: "10.77.3.11", roles: ["control-plane"] },
      { name: "w-1", address: "10.77.3.21", roles: ["worker"] },
    ]);
  });

  it("leaves the mirror out where official releases are used", () => {
    expect(parse(inventoryYaml({ ...input, artifacts: "official" })).artifacts).toEqual({ from: "official" });
  });
});

describe("mountPointsBelow", () => {
  it("finds the folder's own mounts, last first, and no neighbour's", () => {
    const line = (point: string) => `22 1 0:21 / ${point} rw - overlay overlay rw`;
    const info = [line("/labs/t1/root"), line("/labs/t1/root/a\\040b"), line("/labs/t10/root"), line("/")].join("\n");
    expect(mountPointsBelow(info, "/labs/t1")).toEqual(["/labs/t1/root/a b", "/labs/t1/root"]);
  });
});

describe("userIds", () => {
  it("are those of the lab's users only", () => {
    expect(
      userIds("root:x:0:0::/root:/bin/bash\nsshd:x:101:65534::/:/bin/false\npat:x:1001:1001::/home/pat:/bin/bash\n"),
    ).toEqual([
      ["root", "0"],
      ["pat", "1001"],
    ]);
  });
});

describe("Progress", () => {
  const lines: string[] = [];
  let now = 0;
  const progress = new Progress({
    write: (line) => void lines.push(line),
    colour: false,
    now: () => now,
    heartbeatMs: 1_000_000,
  });

  it("tells how long a task took, and is quiet about quick ones", async () => {
    await progress.task("quick", async () => {}, true);
    const long = async () => {
      now += 75_300;
    };
    await progress.task("kubernetes", long, true);
    expect(lines).toEqual(["[ 1m15s] kubernetes: done in 1m15s"]);
  });

  it("writes seconds with a tenth, minutes with seconds", () => {
    expect([0, 59_940, 60_000, 3_599_600].map(formatElapsed)).toEqual(["0.0s", "59.9s", "1m00s", "60m00s"]);
  });
});

describe("waitFor", () => {
  it("gives the last reason when the deadline passes", async () => {
    const reasons = ["refused", "nobody there"];
    const never = () => reasons.shift() ?? "still nobody";
    await expect(waitFor("sshd", { intervalMs: 1, deadlineMs: 10 }, never)).rejects.toThrow(
      "sshd: not within 0.01 s: still nobody",
    );
  });
});
