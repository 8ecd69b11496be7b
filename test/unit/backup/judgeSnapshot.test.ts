import { expect, test } from "vitest";
import { judgeSnapshot } from "../../../src/backup/etcdScripts.ts";

// As etcdutl 3.6.8 and etcdctl 3.6.8 print them.
const status = '{"hash":3106973183,"revision":2695,"totalKey":1204,"totalSize":3538944,"version":"3.6.0"}\n';
const trial = `"ClusterID" : 14841639068965178418
"MemberID" : 10276657743932975437
"Revision" : 2695
"RaftTerm" : 2
"More" : false
"Count" : 468
/registry/namespaces/kube-system

`;

test("a snapshot counts when the etcd started from it holds what the snapshot says", () => {
  expect(judgeSnapshot(status, trial)).toEqual({ hash: 3106973183, revision: 2695, keys: 468 });
});

test.each([
  ["another revision", status, trial.replace("2695", "2694"), /at revision 2694, the snapshot at 2695/],
  ["no keys", status, trial.replace("468", "0"), /holds 0 keys/],
  ["keys, but not those of a cluster", status, trial.replace("kube-system", "kube-systemd"), /no namespace kube-system/],
  ["an empty answer", status, "", /revision NaN/],
  ["a status that is none", "Error: snapshot missing hash", trial, /not understood: Error: snapshot missing hash/],
  ["a status of another shape", '{"hash":"x"}', trial, /not understood/],
])("and does not with %s", (_what, said, seen, problem) => {
  expect(judgeSnapshot(said, seen)).toEqual({ problem: expect.stringMatching(problem) });
});
