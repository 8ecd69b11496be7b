import { expect, test } from "vitest";
import { roles } from "../../../roles/index.ts";
import { expand } from "../../../src/plan/expand.ts";
import { without } from "../../../src/run/gatesBack.ts";
import { canalCluster } from "../roles/canalSample.ts";

test("a node that went back to its old network is not asked for the new one, and for all else", () => {
  const own = expand(canalCluster(), roles).filter(({ node }) => node?.name === "w-1");
  const kept = without(own, ["network/node@w-1"]).map(({ id }) => id);
  for (const gone of ["network/node", "canal/subnet", "canal/peers", "canal/pod", "canal/felix"])
    expect(kept).not.toContain(`${gone}@w-1`);
  for (const asked of ["kubernetes/kubelet", "containerd/service", "cluster/services"]) expect(kept).toContain(`${asked}@w-1`);
  expect(without(own, [])).toEqual(own);
});
