import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import type { Catalog } from "../artifacts/catalog.ts";
import type { FactReplies } from "../facts/fact.ts";
import type { ClusterSpec } from "../model/cluster.ts";
import { Secret } from "../model/secret.ts";
import { contextOf, type Facts, verdictOf } from "../plan/assemble.ts";
import { expand, type Instance } from "../plan/expand.ts";
import type { Action } from "../role/action.ts";
import type { ApiState, Step, Target } from "../role/step.ts";
import type { Verdict } from "../role/verdict.ts";
import { makeRender } from "../template/makeRender.ts";
import type { Effects, FakeNode } from "./fakeNode.ts";

export interface HarnessOptions {
  readonly cluster: ClusterSpec;
  readonly catalog: Catalog;
  readonly steps: readonly Step[];
  /** Folder of the templates that roles render. */
  readonly templates: string;
  /** "<name> <version>" -> manifest text. */
  readonly texts?: ReadonlyMap<string, string>;
}

export interface FakeCluster {
  readonly api: ApiState;
  readonly kube: FactReplies | null;
}

/** Text of every file below `folder`, by its name from there. */
export const readTemplates = (folder: string): ReadonlyMap<string, string> =>
  new Map(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((file) => [relative(folder, file), readFileSync(file, "utf8")]),
  );

const renderers = new Map<string, Target["render"]>();

/** Templates are read and compiled once for all harnesses of a process. */
function rendererOf(folder: string): Target["render"] {
  const render = renderers.get(folder) ?? makeRender(readTemplates(folder));
  renderers.set(folder, render);
  return render;
}

/** Asks roles what a plan asks them, of machines that are data. Entropy is the digest of its label, so that tests know it. */
export class RoleHarness {
  readonly target: Target;
  readonly instances: readonly Instance[];

  constructor({ cluster, catalog, steps, templates, texts }: HarnessOptions) {
    this.target = {
      cluster,
      catalog,
      render: rendererOf(templates),
      text: (name, version) => {
        const text = texts?.get(`${name} ${version}`);
        if (text === undefined) throw new Error(`the harness has no text ${name} ${version}`);
        return text;
      },
      chart: (name, version) => {
        throw new Error(`the harness renders no chart ${name} ${version}`);
      },
      entropy: (label, bytes) =>
        new Secret(
          createHash("sha512")
            .update(label)
            .digest("hex")
            .slice(0, bytes * 2),
        ),
    };
    this.instances = expand(cluster, steps);
  }

  instance(id: string): Instance {
    const found = this.instances.find((one) => one.id === id);
    if (found === undefined) throw new Error(`no step ${id}; there are ${this.instances.map((one) => one.id).join(", ")}`);
    return found;
  }

  /** What one look at that machine and the cluster gives a step. `replies` win over the machine's own. */
  facts(id: string, machine: FakeNode | null, cluster: FakeCluster, replies: FactReplies = new Map()): Facts {
    const { step, node } = this.instance(id);
    if (step.scope === "cluster" || node === null || machine === null) return { nodes: new Map(), ...cluster };
    const asked = Object.values(step.facts({ ...this.target, node }));
    const missing = asked.filter((fact) => !replies.has(fact.key));
    return { nodes: new Map([[node.name, new Map([...replies, ...machine.replies(missing)])]]), ...cluster };
  }

  check(id: string, machine: FakeNode | null, cluster: FakeCluster, replies?: FactReplies): Verdict {
    return verdictOf(this.instance(id), this.target, this.facts(id, machine, cluster, replies));
  }

  apply(id: string, machine: FakeNode | null, cluster: FakeCluster, replies?: FactReplies): readonly Action[] {
    const instance = this.instance(id);
    const context = contextOf(instance, this.target, this.facts(id, machine, cluster, replies));
    return instance.step.scope === "cluster" ? instance.step.apply(context) : instance.step.apply(context);
  }

  /** The way back of a step of a node. */
  back(id: string, machine: FakeNode, cluster: FakeCluster, replies?: FactReplies): readonly Action[] {
    const instance = this.instance(id);
    const context = contextOf(instance, this.target, this.facts(id, machine, cluster, replies));
    return instance.step.scope === "node" ? (instance.step.back?.(context as never) ?? []) : [];
  }

  remove(id: string): readonly Action[] {
    const { step, node } = this.instance(id);
    return step.scope === "node" && node !== null ? (step.remove?.({ ...this.target, node }) ?? []) : [];
  }

  /** Every step of that node in order: checked, applied to the machine where it would change. Returns the ids that changed it. */
  converge(node: string, machine: FakeNode, cluster: FakeCluster, effects: Effects): readonly string[] {
    const own = this.instances.filter((one) => one.node?.name === node);
    return own.flatMap(({ id }) => {
      if (this.check(id, machine, cluster).status === "ok") return [];
      machine.take(this.apply(id, machine, cluster), effects);
      return [id];
    });
  }
}
