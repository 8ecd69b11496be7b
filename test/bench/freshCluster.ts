import { homedir } from "node:os";
import { Writable } from "node:stream";
import { roles } from "../../roles/index.ts";
import type { Catalog } from "../../src/artifacts/catalog.ts";
import type { CliIo } from "../../src/cli/cliIo.ts";
import { lookAndPlan } from "../../src/cli/lookAndPlan.ts";
import { prepare } from "../../src/cli/prepare.ts";
import { processIo } from "../../src/cli/processIo.ts";
import { reset } from "../../src/cli/reset.ts";
import { up } from "../../src/cli/up.ts";
import { expand, type Instance } from "../../src/plan/expand.ts";
import { walk } from "../../src/run/walk.ts";
import { Lab } from "../lab/lab.ts";
import { byHand } from "./byHand.ts";

/** One measurement of each, on the same machines. */
export interface FreshCluster {
  /** Seconds of `provision up` on machines that nothing was done to, to the end of its own checks. */
  readonly up: number;
  /** Seconds by hand on prepared machines: kubeadm init, CNI, one kubeadm join, until both nodes are Ready and cluster DNS runs. */
  readonly byHand: number;
  /** Seconds of `up` with nothing to do. */
  readonly again: number;
}

const seconds = async (run: () => Promise<unknown>): Promise<number> => {
  const start = performance.now();
  await run();
  return (performance.now() - start) / 1000;
};

/** Both on the same lab machines, one after the other, in one run; artifacts are in the mirror and in this machine's cache. */
export async function benchFreshCluster(say: (line: string) => void, rounds: number): Promise<readonly FreshCluster[]> {
  const lab = Lab.open("bench");
  await lab.up();
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() }) as NodeJS.WriteStream;
  const io: CliIo = {
    ...processIo(process, homedir()),
    stdout: () => {},
    stderr: (text) => say(text.trimEnd()),
    stream: nowhere,
    isTty: false,
  };
  const options = { inventory: lab.inventoryPath, yes: true, json: true, confirm: "bench", parallel: 4 };
  const must = async (what: string, code: Promise<number>): Promise<void> => {
    say(what);
    if ((await code) !== 0) throw new Error(`${what} failed`);
  };
  try {
    const found: FreshCluster[] = [];
    const manifest = await flannelManifest(lab);
    for (let round = 1; round <= rounds; round++) {
      say(`round ${round} of ${rounds}`);
      const fresh = await seconds(() => must("provision up on fresh machines", up(io, options)));
      const again = await seconds(() => must("provision up again", up(io, options)));
      await must("reset", reset(io, options));
      say("prepare the machines: everything before kubeadm init");
      await prepareMachines(io, lab.inventoryPath);
      say("kubeadm init, CNI and one kubeadm join by hand");
      const hand = await seconds(() => byHand(lab, manifest));
      await must("reset", reset(io, options));
      found.push({ up: fresh, byHand: hand, again });
    }
    return found;
  } finally {
    await lab.down();
  }
}

async function flannelManifest(lab: Lab): Promise<string> {
  const catalog = (await (await fetch(`${lab.mirrorUrl}/catalog.json`)).json()) as Catalog;
  const found = catalog.files.find((file) => file.name === "flannel-manifest");
  if (found === undefined) throw new Error("the lab's mirror has no flannel manifest");
  return new URL(found.url, `${lab.mirrorUrl}/`).href;
}

const prepared = new Set(["os", "containerd", "kubernetes", "endpoint", "dns", "flannel"]);
const notYet = new Set(["kubernetes/kubelet", "flannel/installed", "flannel/subnet", "dns/installed"]);

/** The product's own steps up to, and without, the first that makes a cluster. */
async function prepareMachines(io: CliIo, inventory: string): Promise<void> {
  const all = await prepare(io, { inventory });
  const before = ({ step }: Instance): boolean => prepared.has(step.id.split("/")[0] ?? "") && !notYet.has(step.id);
  const instances = expand(all.cluster, roles).filter(before);
  try {
    const { plan } = await lookAndPlan({ ...all, instances });
    const result = await walk(instances, plan.steps, { world: all.world, target: all.target, cache: all.cache, emit: () => {} });
    if (result.outcome !== "done") throw new Error(result.diagnostics.map((one) => one.message).join("; "));
  } finally {
    await all.close();
  }
}
