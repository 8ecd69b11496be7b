/** What a tag of SUSE's rebuilt images says. */
export interface HardenedTag {
  /** Upstream's, without a leading v: "0.28.4". */
  readonly version: string;
  /** Upstream's tags of it begin with a v; those of dns-node-cache and addon-resizer do not. */
  readonly v: boolean;
  /** 2 of "-rke2r2" and "-k3s2": what was changed beside upstream's version; 0: nothing. */
  readonly patch: number;
  /** Day of the build, "20260511". */
  readonly built: string;
}

/** Repositories of rebuilt images: what is below them is SUSE's, whatever its tag looks like. */
export const hardenedPrefix = "docker.io/rancher/hardened-";

/** rancher/image-build-* Makefiles: `TAG ?= <upstream>$(BUILD_META)`, BUILD_META=-build$(date +%Y%m%d); their CI refuses a tag without it. */
const pattern = /^(v?)(\d+\.\d+\.\d+(?:-(?:alpha|beta|rc)\.?\d+)?)(?:-(?:rke2r|k3s)(\d+))?-build(\d{8})$/;

/** null: not of that shape, or of no day there is; what it was made from is then not known. */
export function parseHardenedTag(tag: string): HardenedTag | null {
  const [, v = "", version = "", patch = "0", built = ""] = pattern.exec(tag) ?? [];
  if (version === "" || !isDay(built)) return null;
  return { version, v: v === "v", patch: Number(patch), built };
}

/** The newer of two builds of one version: by day, then by what is changed in it. Negative: `a` is older. */
export const compareBuilds = (a: HardenedTag, b: HardenedTag): number =>
  a.built === b.built ? a.patch - b.patch : a.built < b.built ? -1 : 1;

function isDay(digits: string): boolean {
  const text = `${digits.slice(0, 4)}-${digits.slice(4, 6)}-${digits.slice(6)}`;
  const time = Date.parse(`${text}T00:00:00Z`);
  return Number.isFinite(time) && new Date(time).toISOString().startsWith(text);
}
