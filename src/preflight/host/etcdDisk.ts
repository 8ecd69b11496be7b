import type { Fact } from "../../facts/fact.ts";
import { sh } from "../../host/sh.ts";
import { doubtful, seen, unknown } from "../../kernel/answer.ts";
import { isControlPlane } from "../../model/cluster.ts";
import { check } from "../check.ts";
import { valuesOf } from "./replies.ts";

const writes = 50;
/** Below it nothing can be said of the slowest. */
const enough = 20;
/** etcd's advice for wal_fsync_duration_seconds: the 99th percentile below 10 ms (etcd.io, FAQ and hardware pages). */
const slowMs = 10;
/**
 * So few writes in one moment say nothing of a 99th percentile, and the machine may be busy just then: a disk is told as slow when half of
 * the writes take longer than the advice, or a tenth of them five times as long.
 */
const verySlowMs = 5 * slowMs;

/**
 * Milliseconds of each of some 50 synchronous writes of 2300 bytes (the size etcd.io measures with) where etcd's data is, or would be.
 * The file has no name any more while it is written, so nothing can be left; the folder's time is put back.
 * On a full disk dd tells a time, too, for no byte at all: that is no write.
 */
const fsyncFact: Fact<readonly number[]> = {
  key: "fsync",
  script: sh`d=/var/lib/etcd; [ -d "$d" ] || d=/var/lib
t=$(stat -c %y "$d")
f=$(mktemp "$d/.provision-fsync.XXXXXX") || exit 1
exec 3>"$f"; rm -f "$f"; touch -d "$t" "$d"
export n=${writes}
timeout 3 sh -c 'while [ "$n" -gt 0 ]; do dd if=/dev/zero of=/proc/self/fd/3 bs=2300 count=1 oflag=dsync conv=notrunc 2>&1 | sed -n "s/^2300 bytes.* copied, \\([0-9.e-]*\\) s.*/ms=\\1/p"; n=$((n-1)); done'; true`,
  parse: ({ stdout }) =>
    valuesOf(stdout)("ms")
      .map((text) => Number(text) * 1000)
      .filter((ms) => Number.isFinite(ms) && ms >= 0),
};

/** How fast the disk under etcd makes a write durable. */
export const etcdDisk = check({
  name: "host/etcd-disk",
  title: "etcd disk latency",
  when: ({ node, thorough }) => thorough && isControlPlane(node),
  facts: () => ({ fsync: fsyncFact }),
  judge: ({ facts: { fsync } }) => {
    const what = "etcd disk latency";
    if (fsync.length < enough && !(fsync.length > 0 && Math.max(...fsync) > 3000 / enough))
      return [{ what, answer: unknown("synchronous writes under /var/lib could not be measured") }];
    const sorted = [...fsync].sort((a, b) => a - b);
    const at = (share: number): number => sorted[Math.floor((sorted.length - 1) * share)] ?? 0;
    const [half, most] = [at(0.5), at(0.9)];
    const told = `of ${fsync.length} synchronous writes half took up to ${half.toFixed(1)} ms, nine in ten up to ${most.toFixed(1)} ms`;
    if (half <= slowMs && most <= verySlowMs) return [{ what, answer: seen(told) }];
    const hint =
      "give /var/lib/etcd an SSD of its own, or take load off the disk; slow ones make leaders change and the API late";
    return [{ what, answer: doubtful(`etcd wants writes durable within ${slowMs} ms, nearly always`, hint, told) }];
  },
});
