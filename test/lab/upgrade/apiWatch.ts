import { askApi, type Credentials } from "./apiClient.ts";
import { type Endless, endless } from "./endless.ts";
import { NAMESPACE } from "./workload.ts";

/** A node's time out of service. */
export interface Cordon {
  readonly node: string;
  readonly seconds: number;
  /** Pods of the service on it when it began: all of them have to go. */
  readonly webPods: number;
}

/** A moment in which no API server answered. */
interface Silence {
  /** Which of the moments. */
  readonly moment: number;
  readonly at: string;
  /** What each API server said. */
  readonly said: string;
}

export interface ApiTally {
  readonly moments: number;
  readonly silent: readonly Silence[];
  /** How often each one did not answer, while another did or not. */
  readonly refusals: ReadonlyMap<string, number>;
}

export interface ApiWatch extends Endless {
  tally(): ApiTally;
  /** The cordons that ended since the last call. */
  cordons(): readonly Cordon[];
}

interface Items {
  readonly items: readonly {
    readonly metadata: { readonly name: string };
    readonly spec: { readonly unschedulable?: boolean; readonly nodeName?: string };
  }[];
}

/** A client of the API that never gives up on it: asks for the nodes, and the next API server at once when one does not answer. Sees cordons on the way. */
export function apiWatch(
  planes: readonly { readonly name: string; readonly address: string }[],
  credentials: Credentials,
): ApiWatch {
  let moments = 0;
  let first = 0;
  const silent: Silence[] = [];
  const refusals = new Map(planes.map(({ name }) => [name, 0]));
  const open = new Map<string, { readonly since: number; readonly webPods: number }>();
  let ended: Cordon[] = [];

  const ask = async (path: string): Promise<Items | null> => {
    const at = new Date().toISOString();
    const said: string[] = [];
    for (let tried = 0; tried < planes.length; tried++) {
      const plane = planes[first % planes.length];
      if (plane === undefined) break;
      try {
        return (await askApi(plane.address, credentials, path)) as Items;
      } catch (error) {
        said.push(`${plane.name}: ${(error as Error).message}`);
        refusals.set(plane.name, (refusals.get(plane.name) ?? 0) + 1);
        first++;
      }
    }
    silent.push({ moment: moments, at, said: said.join("; ") });
    return null;
  };

  const loop = endless(250, async () => {
    moments++;
    const nodes = await ask("/api/v1/nodes");
    const now = performance.now();
    for (const { metadata, spec } of nodes?.items ?? []) {
      const since = open.get(metadata.name);
      if (spec.unschedulable === true && since === undefined) {
        const pods = await ask(`/api/v1/namespaces/${NAMESPACE}/pods?labelSelector=app%3Dweb`);
        const webPods = pods?.items.filter((pod) => pod.spec.nodeName === metadata.name).length ?? 0;
        open.set(metadata.name, { since: now, webPods });
      } else if (spec.unschedulable !== true && since !== undefined) {
        open.delete(metadata.name);
        ended.push({ node: metadata.name, seconds: (now - since.since) / 1000, webPods: since.webPods });
      }
    }
  });
  return {
    ...loop,
    tally: () => ({ moments, silent: [...silent], refusals: new Map(refusals) }),
    cordons: () => {
      const seen = ended;
      ended = [];
      return seen;
    },
  };
}
