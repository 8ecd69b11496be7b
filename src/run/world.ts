import type { Host } from "../host/host.ts";
import type { Script } from "../host/sh.ts";
import { apiPrelude } from "../kube/apiPrelude.ts";
import { type ClusterSpec, controlPlanes, type NodeSpec } from "../model/cluster.ts";
import { lookAtCluster } from "./look.ts";
import type { Sessions } from "./sessions.ts";
import { StepFailure } from "./stepFailure.ts";

/** Milliseconds for which a control plane that answered is not asked again whether it does: polling would cost more than what it waits for. */
const trust = 3000;

/** Code of the failure "nobody answers for the cluster now". */
export const noApi = "api/no-answer";

/** The machines of one cluster as a run reaches them. */
export class World {
  readonly cluster: ClusterSpec;
  readonly sessions: Sessions;
  #answered: { readonly plane: NodeSpec; readonly until: number } | null = null;

  constructor(cluster: ClusterSpec, sessions: Sessions) {
    this.cluster = cluster;
    this.sessions = sessions;
  }

  /** Runs `use` on a control plane whose API answers; `prelude` defines `k` (kubectl) there. Throws StepFailure when none does. */
  async onControlPlane<T>(use: (host: Host, prelude: Script) => Promise<T>): Promise<T> {
    const plane = await this.#answering();
    try {
      return await this.sessions.with(plane.name, (host) => use(host, apiPrelude(plane)));
    } catch (error) {
      this.#answered = null;
      throw error;
    }
  }

  /** A control plane whose API answers. Throws StepFailure when none does. */
  answering(): Promise<NodeSpec> {
    return this.#answering();
  }

  async #answering(): Promise<NodeSpec> {
    if (this.#answered !== null && performance.now() < this.#answered.until) return this.#answered.plane;
    const { through } = await lookAtCluster(this.sessions, controlPlanes(this.cluster), []);
    if (through === null)
      throw new StepFailure(noApi, "no control plane's API server answers", {
        hint: "look at `crictl ps -a` and `journalctl -u kubelet` on a control plane",
      });
    this.#answered = { plane: through, until: performance.now() + trust };
    return through;
  }
}
