import { expect, test } from "vitest";
import type { FileCache } from "../../../src/artifacts/fileCache.ts";
import { controlPlanes } from "../../../src/model/cluster.ts";
import type { EventBody } from "../../../src/run/event.ts";
import { renewCertificates } from "../../../src/run/renewCertificates.ts";
import { sampleCluster } from "../sampleCluster.ts";
import { ends, FakeHost, isLook, worldOf } from "./machines.ts";

const cluster = sampleCluster({ controlPlanes: 2, workers: 0 });
const planes = controlPlanes(cluster);

const etcd = JSON.stringify(
  planes.map(({ address }) => ({ Endpoint: `https://${address}:2379`, Status: { version: "3.6.8", leader: 42 } })),
);
const pods = JSON.stringify({
  items: ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"].map((component) => ({
    metadata: { labels: { component } },
    status: { conditions: [{ type: "Ready", status: "True" }] },
  })),
});

/** Control planes whose jobs come out as `result` says; `done` tells what ran where, in order. */
function scene(result: (job: string) => string = () => "success") {
  const done: string[] = [];
  let job = "";
  const hosts = planes.map(
    ({ name }) =>
      new FakeHost(name, [
        {
          when: /systemd-run/,
          reply: (script) => {
            job = /--unit 'provision-([\w-]+)\.service'/.exec(script)?.[1] ?? "";
            done.push(`${job}@${name}`);
            return {};
          },
        },
        {
          when: /ExecMainStatus/,
          reply: () => ({
            stdout: `ActiveState=active\nSubState=exited\nResult=${result(job)}\nExecMainStatus=${result(job) === "success" ? 0 : 1}\n`,
          }),
        },
        { when: /systemctl stop 'provision-/, reply: { stdout: "error execution phase renew: no CA key\n" } },
        {
          when: /stat -c %Y/,
          reply: { stdout: `1800000000\n{"containers": [{"createdAt": "1800000002000000000"}]}` },
        },
        {
          when: /etcdctl/,
          reply: () => {
            done.push(`gate@${name}`);
            return { stdout: etcd };
          },
        },
        { when: /get pods -l tier=control-plane/, reply: { stdout: pods } },
        { when: isLook, reply: {} },
      ]),
  );
  const events: EventBody[] = [];
  const go = (stop = new AbortController()) =>
    renewCertificates(planes, {
      world: worldOf(cluster, hosts),
      cache: undefined as unknown as FileCache,
      emit: (event) => events.push(event),
      stop: stop.signal,
      expired: true,
    });
  return { go, done, events };
}

const jobs = [
  "certs-renew",
  "restart-etcd",
  "restart-kube-apiserver",
  "restart-kube-controller-manager",
  "restart-kube-scheduler",
];

test("with an expired certificate every control plane is renewed, one after the other, before any is asked whether it is well", async () => {
  const { go, done } = scene();
  expect(await go()).toBe(true);
  expect(done.slice(0, 10)).toEqual(["cp-1", "cp-2"].flatMap((name) => jobs.map((job) => `${job}@${name}`)));
  expect(new Set(done.slice(10))).toEqual(new Set(["gate@cp-1", "gate@cp-2"]));
});

test("when kubeadm fails nothing is restarted, and the next control plane is left alone", async () => {
  const { go, done, events } = scene(() => "exit-code");
  expect(await go()).toBe(false);
  expect(done).toEqual(["certs-renew@cp-1"]);
  expect(ends(events)).toEqual(["certs/renew@cp-1 failed"]);
  const failed = events.find((event) => event.type === "step-ended");
  expect(failed?.type === "step-ended" && failed.diagnostics?.[0]?.seen).toContain("no CA key");
});

test("after a stop no further control plane begins", async () => {
  const stop = new AbortController();
  stop.abort();
  const { go, done } = scene();
  expect(await go(stop)).toBe(false);
  expect(done).toEqual([]);
});
