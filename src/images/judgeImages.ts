import { type ImageContent, imageContent } from "./imageContent.ts";
import { imageName } from "./imageName.ts";
import type { Contained, CriContainer, CriPod, NodeImages } from "./nodeImages.ts";
import type { ApiContainer } from "./podsFact.ts";
import type { Posture } from "./posture.ts";
import type { WantedImage } from "./wantedImages.ts";

/** One container of a machine, and what it was really made from. */
export interface UsedImage {
  readonly node: string;
  /** "kube-system/coredns-5d…", "provision" for this tool's own services. */
  readonly pod: string;
  readonly container: string;
  readonly kind: "container" | "init" | "sandbox" | "service";
  /** This tool installs it; others are told apart and not judged. */
  readonly ours: boolean;
  readonly running: boolean;
  /** As its pod or service names the image. */
  readonly asked: string;
  /** Digest the inventory has for that; null: none. */
  readonly wanted: string | null;
  /** Digests of all manifests on the machine that are exactly what it runs. */
  readonly runs: readonly string[];
  /** What is wrong; null: it runs what the inventory says. Always null for what is not ours. */
  readonly problem: string | null;
  readonly content: ImageContent | null;
  readonly posture: Posture | null;
  readonly privileged: boolean | null;
}

/** Containers of one machine against what the inventory asks for, and names that no longer lead where they should. */
export function judgeImages(
  node: string,
  seen: NodeImages,
  wanted: readonly WantedImage[],
  api: ReadonlyMap<string, ApiContainer> | null,
): { readonly used: readonly UsedImage[]; readonly problems: readonly string[] } {
  const contents = new Map<string, ImageContent>();
  for (const digest of new Set([...seen.images.values()].flatMap((names) => [...names.values()]))) {
    const content = imageContent(seen.blobs, digest);
    if (content !== null) contents.set(digest, content);
  }
  const cri = new Map(newest(seen.cri).map((one) => [one.id, one]));
  const stale = new Set(seen.cri.filter(({ id }) => !cri.has(id)).map(({ id }) => id));
  const used = seen.containers
    .filter(({ id }) => !stale.has(id) && seen.pods.get(id)?.state !== "SANDBOX_NOTREADY")
    .map((one): UsedImage => {
      const { runs, content, odd } = madeFrom(one, cri.get(one.id), contents);
      const asked = askedOf(one, cri.get(one.id));
      const who = whose(one, cri.get(one.id), seen.pods);
      const told = api?.get(`${who.uid} ${who.container}`);
      const { digest, problem } = who.ours ? judge(asked, runs, odd, told, wanted) : { digest: null, problem: null };
      return {
        node,
        pod: who.pod,
        container: who.container,
        kind: told?.init === true ? "init" : who.kind,
        ours: who.ours,
        running: one.posture !== null,
        asked,
        wanted: digest,
        runs,
        problem,
        content,
        posture: one.posture,
        privileged: told?.privileged ?? null,
      };
    });
  return {
    used,
    problems: [...misled(seen, wanted), ...seen.damaged.map((digest) => `the content of ${digest} is another one`)],
  };
}

/** Of containers of one name in one pod the last attempt. */
function newest(all: readonly CriContainer[]): readonly CriContainer[] {
  const last = new Map<string, CriContainer>();
  for (const one of all) {
    const name = `${one.podSandboxId} ${one.metadata.name}`;
    if (one.metadata.attempt >= (last.get(name)?.metadata.attempt ?? 0)) last.set(name, one);
  }
  return [...last.values()];
}

/** Layers by the snapshot it stands on, configuration by the runtime's own record: names can be moved, these cannot. */
function madeFrom(one: Contained, cri: CriContainer | undefined, contents: ReadonlyMap<string, ImageContent>) {
  const config = /^sha256:[0-9a-f]{64}$/.exec(cri?.image.image ?? "")?.[0] ?? null;
  const alike = [...contents].filter(([, content]) => content.layers === one.layers);
  const fitting = alike.filter(([, content]) => config === null || content.config === config);
  return {
    runs: fitting.map(([digest]) => digest),
    content: fitting[0]?.[1] ?? null,
    odd: fitting.length === 0 && alike.length > 0 ? "its files are of one image, its settings of another" : null,
  };
}

const askedOf = ({ image }: Contained, cri: CriContainer | undefined): string => cri?.image.userSpecifiedImage || image;

interface Whose {
  readonly pod: string;
  readonly uid: string;
  readonly container: string;
  readonly kind: UsedImage["kind"];
  readonly ours: boolean;
}

function whose(one: Contained, cri: CriContainer | undefined, pods: ReadonlyMap<string, CriPod>): Whose {
  const pod = pods.get(cri?.podSandboxId ?? one.id);
  if (one.namespace !== "k8s.io")
    return { pod: one.namespace, uid: "", container: one.id, kind: "service", ours: one.namespace === "provision" };
  if (pod === undefined) return { pod: "(no pod)", uid: "", container: one.id.slice(0, 13), kind: "container", ours: false };
  const { name, namespace, uid } = pod.metadata;
  return {
    pod: `${namespace}/${name}`,
    uid,
    container: cri?.metadata.name ?? "(pause)",
    kind: cri === undefined ? "sandbox" : "container",
    // A pause container is the runtime's, whoever's the pod is: its image is this tool's setting.
    ours: cri === undefined || isOurs(pod),
  };
}

/** Pods this tool or its kubeadm makes: static ones, kube-proxy, and all that carry the mark of a role. */
const isOurs = ({ metadata, labels, annotations }: CriPod): boolean =>
  annotations["provision/digest"] !== undefined ||
  (metadata.namespace === "kube-system" &&
    (annotations["kubernetes.io/config.source"] === "file" || ["kube-proxy", "kube-dns"].includes(labels["k8s-app"] ?? "")));

function judge(
  asked: string,
  runs: readonly string[],
  odd: string | null,
  told: ApiContainer | undefined,
  wanted: readonly WantedImage[],
): { digest: string | null; problem: string | null } {
  const name = imageName(asked);
  const named = wanted.filter(({ ref }) => imageName(ref).repository === name.repository);
  const meant = named.find(({ ref, digest }) => (name.digest === null ? ref === asked : digest === name.digest));
  const short = (digests: readonly string[]): string => digests.map((one) => one.slice(0, 19)).join(", ");
  const no = (problem: string) => ({ digest: meant?.digest ?? null, problem });
  if (meant === undefined) return no(`${asked} is no image of the inventory`);
  const { digest } = meant;
  if (digest === null) return no("the inventory has no digest for it: provision images lock");
  if (odd !== null) return no(odd);
  if (runs.length === 0) return no("the machine has no image that is what it runs: it was removed, or never whole");
  if (!runs.includes(digest)) return no(`it runs ${short(runs)}, the inventory has ${short([digest])}`);
  if (told?.digest != null && !runs.includes(told.digest))
    return no(`the API has ${short([told.digest])} for it, it runs ${short(runs)}`);
  return { digest, problem: null };
}

/** Names the inventory knows that lead to something else: what starts by them next is not what it should be. */
function misled({ images }: NodeImages, wanted: readonly WantedImage[]): readonly string[] {
  return [...images.values()].flatMap((names) =>
    wanted.flatMap(({ ref, digest }) => {
      if (digest === null) return [];
      return [ref, `${imageName(ref).repository}@${digest}`].flatMap((name) => {
        const leads = names.get(name);
        return leads === undefined || leads === digest
          ? []
          : [`containerd's name ${name} leads to ${leads.slice(0, 19)}, the inventory has ${digest.slice(0, 19)}`];
      });
    }),
  );
}
