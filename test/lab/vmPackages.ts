import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { LabError } from "./LabError.ts";
import { explain, sh } from "./shell.ts";

const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";

/** The archive that debootstrap wrote down in sources.list(5), another suite of it. */
export function sourcesFor(sources: string, suite: string): string {
  const archive = /^deb\s+(?:\[[^\]]*\]\s+)?(\S+)/m.exec(sources)?.[1];
  if (archive === undefined) throw new LabError("the root file system's sources.list names no archive");
  return `deb [signed-by=${KEYRING}] ${archive} ${suite} main\n`;
}

/** apt-cache's answer about the metapackage -> the package that holds the kernel. */
export function kernelPackage(depends: string): string | null {
  return /^\s*Depends: (linux-image-\d[\w.+-]*-cloud-amd64)$/m.exec(depends)?.[1] ?? null;
}

export interface Downloaded {
  readonly package: string;
  readonly version: string;
}

/**
 * Debian's cloud kernel of a suite and a static busybox, unpacked into `folder`/kernel and `folder`/busybox.
 * apt keeps lists and settings of its own there; this machine's packages and sources are not touched.
 */
export async function downloadKernel(sources: string, suite: string, folder: string): Promise<Downloaded> {
  for (const part of ["lists/partial", "cache/archives/partial", "kernel", "busybox"])
    mkdirSync(join(folder, part), { recursive: true });
  writeFileSync(join(folder, "sources.list"), sourcesFor(sources, suite));
  writeFileSync(join(folder, "status"), "");
  const settings = {
    "Dir::Etc::sourcelist": join(folder, "sources.list"),
    "Dir::Etc::sourceparts": "-",
    "Dir::State::lists": join(folder, "lists"),
    "Dir::State::status": join(folder, "status"), // what is installed here would be the candidate, where it is newer
    "Dir::Cache": join(folder, "cache"),
    "APT::Architecture": "amd64",
    "APT::Sandbox::User": "root",
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
  try {
    await sh`apt-get -qq ${options} update`;
    const name = kernelPackage((await sh`apt-cache ${options} depends linux-image-cloud-amd64`).stdout);
    if (name === null) throw new LabError("linux-image-cloud-amd64 names no kernel");
    await sh({ cwd: folder })`apt-get -qq ${options} download ${name} busybox-static`;
    const debs = readdirSync(folder).filter((file) => file.endsWith(".deb"));
    const unpack = (prefix: string, into: string) => {
      const deb = join(folder, debs.find((file) => file.startsWith(prefix)) ?? prefix);
      // Through tar, which keeps the links: older packages have /bin and /lib, newer ones /usr/bin and /usr/lib.
      return sh`cd ${join(folder, into)} && mkdir -p usr/bin usr/lib && ln -s usr/bin bin && ln -s usr/lib lib
        dpkg-deb --fsys-tarfile ${deb} | tar -x --keep-directory-symlink`;
    };
    await unpack(`${name}_`, "kernel");
    await unpack("busybox-static_", "busybox");
    const deb = join(folder, debs.find((file) => file.startsWith(`${name}_`)) ?? name);
    return { package: name, version: (await sh`dpkg-deb -f ${deb} Version`).stdout.trim() };
  } catch (error) {
    throw new LabError(`the cloud kernel of Debian ${suite} cannot be had: ${explain(error)}`);
  }
}
