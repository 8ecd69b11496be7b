import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Host } from "../../../src/host/host.ts";
import { localHost } from "../../../src/host/localHost.ts";
import { tidyAfter } from "../../../src/run/tidyAfter.ts";
import { sampleCluster } from "../sampleCluster.ts";
import { worldOf } from "./machines.ts";

test("images that neither the cluster nor what is kept names may go again; kubeadm's copies of etcd's data go", async () => {
  const folder = await mkdtemp(join(tmpdir(), "tidy-"));
  const local = localHost("cp-1");
  try {
    for (const made of ["bin", "before/pods-1.36.4", "etc/kubernetes/tmp/kubeadm-backup-etcd-1", "etc/kubernetes/tmp/other"])
      await mkdir(join(folder, made), { recursive: true });
    const brought = [
      "web.example/api:v1.35.4",
      "web.example/api:v1.36.4",
      "web.example/proxy:v1.35.4",
      "web.example:5000/pause:3.10",
    ];
    const names = [...brought, "web.example/api@sha256:0a", "sha256:0b"].join("\n");
    await writeFile(
      join(folder, "bin/ctr"),
      `#!/bin/sh\ncase "$*" in *"images ls"*) printf '%s\\n' '${names.replaceAll("\n", "' '")}';; *) echo "$5 $6" >>${folder}/unpinned;; esac\n`,
    );
    await chmod(join(folder, "bin/ctr"), 0o755);
    await local.run(
      `cd ${folder}/before/pods-1.36.4 && printf '    image: web.example/api:v1.35.4\\n' >api.yaml && tar -cf files.tar api.yaml && rm api.yaml`,
    );
    const here: Host = {
      ...local,
      run: (script, options) =>
        local.run(
          `PATH=${folder}/bin:$PATH\n${script.replaceAll("/var/lib/provision/before", `${folder}/before`).replaceAll("/etc/kubernetes", `${folder}/etc/kubernetes`)}`,
          options,
        ),
    };
    await tidyAfter(worldOf(sampleCluster({ workers: 0 }), [here]), ["web.example/api:v1.36.4", "web.example:5000/pause:3.10"]);
    expect(await readFile(join(folder, "unpinned"), "utf8")).toBe("web.example/proxy:v1.35.4 io.cri-containerd.pinned=\n");
    expect((await local.run(`ls ${folder}/etc/kubernetes/tmp`)).stdout).toBe("other\n");
  } finally {
    await local.close();
    await rm(folder, { recursive: true });
  }
});
