import { explain } from "../shell.ts";
import { readCounts } from "./clientScript.ts";
import type { Stage } from "./stage.ts";
import { COUNTS } from "./workload.ts";

const cluster = `export KUBECONFIG=/etc/kubernetes/admin.conf
kubectl get nodes,pods -A -o wide
kubectl get events -A --sort-by=.lastTimestamp
`;

/** What the clients counted and what the machines say, into the folder of the run. Never fails: it is wanted most when all else did. */
export async function evidence(stage: Stage): Promise<void> {
  const save = async (file: string, node: string, script: string) => {
    try {
      const { stdout, stderr } = await stage.lab.exec(node, script);
      stage.keep(file, `${stdout}${stderr}`);
    } catch (error) {
      stage.keep(file, `${explain(error)}\n`);
    }
  };
  await Promise.all([
    ...stage.lab.nodes.flatMap(({ name }) => [
      save(`${name}.counts`, name, readCounts(COUNTS)),
      save(`${name}.journal`, name, "journalctl --no-pager -o short-iso -u kubelet -u containerd -n 4000"),
    ]),
    save("cluster.txt", stage.plane, cluster),
  ]);
}
