import { expect, test } from "vitest";
import { codes, judge } from "./judge.ts";
import { healthy } from "./scene.ts";

const running = (versions: readonly string[], wanted: string) => {
  const scene = healthy(versions.length);
  scene.etcdWanted = wanted;
  scene.etcd.forEach((member, index) => {
    member.version = versions[index] ?? "";
  });
  return scene;
};

test("3.6 follows on 3.5.26 or newer, on every member", () => {
  expect(codes(running(["3.5.26", "3.5.30", "3.5.26"], "3.6.8-0"))).toEqual([]);
  const scene = running(["3.5.26", "3.5.24", "3.5.26"], "3.6.8-0");
  expect(judge(scene).diagnostics).toMatchObject([
    { code: "upgrade/etcd-3.5.26", severity: "error", message: expect.stringContaining("https://10.77.0.12:2379 runs 3.5.24") },
  ]);
  expect(judge(scene).diagnostics[0]?.hint).toContain("etcd.io/blog");
});

test("half of the members on 3.6 already is a step that goes on", () => {
  expect(codes(running(["3.6.8", "3.5.26", "3.5.26"], "3.6.8-0"))).toEqual([]);
});

test("never over a minor, never back a minor; an older patch is told", () => {
  expect(codes(running(["3.4.30"], "3.6.8-0"))).toEqual(["error etcd-minor"]);
  expect(codes(running(["3.6.8"], "3.5.30-0"))).toEqual(["error etcd-downgrade"]);
  expect(codes(running(["3.6.14"], "3.6.8-0"))).toEqual(["warning etcd-patch"]);
});

test("etcd that is not healthy: too few members, a learner, an alarm, no leader, no answer", () => {
  const seen = (spoil: (scene: ReturnType<typeof healthy>) => void) => {
    const scene = healthy(3);
    spoil(scene);
    const { diagnostics, mayPass } = judge(scene);
    expect(mayPass).toBe(true);
    expect(diagnostics.map(({ code }) => code)).toEqual(["upgrade/etcd-unhealthy"]);
    return diagnostics[0]?.seen;
  };
  expect(seen((scene) => scene.etcd.pop())).toBe("2 of 3 members answer");
  const member = (more: object) => (scene: ReturnType<typeof healthy>) => Object.assign(scene.etcd[2] ?? {}, more);
  expect(seen(member({ more: { isLearner: true } }))).toBe("https://10.77.0.13:2379 is a learner");
  expect(seen(member({ more: { errors: ["alarm:NOSPACE"] } }))).toBe("https://10.77.0.13:2379: alarm:NOSPACE");
  expect(seen(member({ leader: 0 }))).toBe("the members do not agree on a leader");
  const words = { code: 1, stdout: "no etcd runs on this control plane\n" };
  expect(seen((scene) => Object.assign(scene, { etcdReply: words }))).toBe(
    "0 of 3 members answer: no etcd runs on this control plane",
  );
});
