import type { Stage } from "./stage.ts";
import { NAMESPACE } from "./workload.ts";

/** What somebody types to restart a worker's services with care for what runs on it. */
export async function drainAndRestart(stage: Stage, worker: string): Promise<void> {
  stage.say(`by hand: drain and restart ${worker}`);
  await stage.kubectl(`drain ${worker} --ignore-daemonsets --delete-emptydir-data --timeout=300s`);
  await stage.on(
    worker,
    `systemctl restart containerd kubelet
     for i in $(seq 240); do curl -sf -o /dev/null --max-time 2 http://127.0.0.1:10248/healthz && exit 0; sleep 0.25; done
     echo the kubelet is not healthy after its restart; exit 1`,
  );
  await stage.kubectl(`wait --for=condition=Ready node/${worker} --timeout=120s`);
  await stage.kubectl(`uncordon ${worker}`);
  await stage.kubectl(`-n ${NAMESPACE} rollout status deployment/web --timeout=180s`);
}
