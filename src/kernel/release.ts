/** A kernel's release as far as it can be compared. */
export interface KernelRelease {
  readonly numbers: readonly [number, number, number];
  /** The build of a kernel by Red Hat or a rebuild of it, 305 of "4.18.0-305.el8": these carry back-ports. null: another kernel. */
  readonly redhat: number | null;
  /** Whether the third number says how far the kernel is: Debian and Ubuntu keep it at 0. */
  readonly exact: boolean;
}

/** `uname -r`; null for what is no release: it came from a machine and may be anything. */
export function parseRelease(text: string): KernelRelease | null {
  const found = /^(\d{1,3})\.(\d{1,4})(?:\.(\d{1,4}))?(?:[-+.~_][A-Za-z0-9+.~_-]{0,80}|\+)?$/.exec(text);
  if (found === null) return null;
  const [, major, minor, patch] = found;
  const redhat = /^[\d.]+-(\d{1,5})(?:\.\d+)*\.el\d+(?:_\d+)?(?:\.|$)/.exec(text)?.[1];
  return {
    numbers: [Number(major), Number(minor), Number(patch ?? 0)],
    redhat: redhat === undefined ? null : Number(redhat),
    exact: Number(patch ?? 0) > 0 || !text.includes("-"),
  };
}

const compareNumbers = (a: readonly number[], b: readonly number[]): number => {
  const at = [0, 1, 2].find((index) => (a[index] ?? 0) !== (b[index] ?? 0));
  return at === undefined ? 0 : (a[at] ?? 0) - (b[at] ?? 0);
};

/** `minimum`: "5.13" or "4.19.57". null: the release's number does not tell. */
export function reaches(release: KernelRelease, minimum: string): boolean | null {
  const wanted = minimum.split(".").map(Number);
  if (compareNumbers(release.numbers, wanted) >= 0) return true;
  const sameSeries = release.numbers[0] === wanted[0] && release.numbers[1] === wanted[1];
  return sameSeries && !release.exact ? null : false;
}

/** Whether a Red Hat kernel is at least `minimum`, e.g. "4.18.0-372". */
export function reachesRedHat(release: KernelRelease, minimum: string): boolean {
  const wanted = parseRelease(`${minimum}.el8`);
  if (wanted === null) return false;
  const order = compareNumbers(release.numbers, wanted.numbers);
  return order > 0 || (order === 0 && (release.redhat ?? 0) >= (wanted.redhat ?? 0));
}

/** Dotted numbers out of what a program says of its version: "1.0.6" of "nftables v1.0.6 (Lester Gooch #5)". null: none. */
export const versionIn = (said: string): string | null => /(?:^|[^0-9.])v?(\d{1,5}(?:\.\d{1,5}){1,3})/.exec(said)?.[1] ?? null;

/** Dotted versions of any length, compared number by number. */
export function compareVersions(a: string, b: string): number {
  const left = a.split(".").map(Number);
  const right = b.split(".").map(Number);
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
