import type { Host } from "../host/host.ts";
import type { Script } from "../host/sh.ts";
import { apiPrelude } from "../kube/apiPrelude.ts";
import { type ClusterSpec, controlPlanes } from "../model/cluster.ts";
import { lookAtCluster } from "./look.ts";
import type { Sessions } from "./sessions.ts";
import { StepFailure } from "./stepFailure.ts";

/** The machines of one cluster as a run reaches them. */
export class World {
  readonly cluster: ClusterSpec;
  readonly sessions: Sessions;
  constructor(cluster: ClusterSpec, sessions: Sessions) {
    this.cluster = cluster;
    this.sessions = sessions;
  }

  /** Runs `use` on a control plane whose API answers; `prelude` defines `k` (kubectl) there. Throws StepFailure when none does. */
  async onControlPlane<T>(use: (host: Host, prelude: Script) => Promise<T>): Promise<T> {
    const { through } = await lookAtCluster(this.sessions, controlPlanes(this.cluster), []);
    if (through === null)
      throw new StepFailure("api/no-answer", "no control plane's API server answers", {
        hint: "look at `crictl ps -a` and `journalctl -u kubelet` on a control plane",
      });
    return this.sessions.with(through.name, (host) => use(host, apiPrelude(through)));
  }
}
