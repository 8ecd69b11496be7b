import { createHash } from "node:crypto";
import type { ServerChannel } from "ssh2";
import { newKeyPair, type SshServer, startSshServer } from "../../src/testing/sshServer.ts";

/** What a look at a real machine gave, and by what token its parts begin. */
export interface Capture {
  readonly nonce: string;
  readonly stdout: string;
  /** When, in seconds since 1970: what the machine's clock said then becomes what it would say now. */
  readonly at: number;
  /** The machine's name in it. */
  readonly name: string;
}

export interface FarmOrder {
  readonly root: string;
  readonly hosts: readonly { readonly name: string; readonly capture: Capture }[];
}

export interface Farm {
  /** One for each host, in their order. */
  readonly servers: readonly { readonly port: number; readonly fingerprints: readonly string[] }[];
  readonly privateKey: string;
}

/**
 * Many real SSH servers in a process of their own, so that what they need is not counted as the tool's. Each answers a look as the
 * captured machine did, under its own name and identity; no shell runs, since two processors would then measure shells.
 */
async function serve({ root, hosts }: FarmOrder): Promise<readonly SshServer[]> {
  const key = newKeyPair();
  const servers = await Promise.all(
    hosts.map(({ name, capture }) =>
      startSshServer({
        root,
        authorizedKeys: [key.public],
        respond: (_command, channel) => answer(channel, ownCapture(capture, name)),
      }),
    ),
  );
  const farm: Farm = { servers: servers.map(({ port, fingerprints }) => ({ port, fingerprints })), privateKey: key.private };
  process.send?.(farm);
  return servers;
}

const greeting = /printf "\\n%s %s\\n" ([0-9a-f]{32}) "\$g"\n/;
const command = /\(eval "\$s"\) <\/dev\/null; r=\$\?; printf '\\n%s %s\\n' (\S+) \$r; printf '\\n%s %s\\n' \S+ \$r >&2\n/;

/** The far end of the host layer's shell: see src/host/rootShell.ts and frame.ts. */
function answer(channel: ServerChannel, capture: Capture): true {
  let heard = "";
  channel.on("data", (chunk: Buffer) => {
    heard += chunk.toString("latin1");
    const greeted = greeting.exec(heard);
    if (greeted !== null) {
      heard = heard.slice(greeted.index + greeted[0].length);
      channel.write(`\n${greeted[1]} 0\n`);
    }
    const asked = command.exec(heard);
    if (asked === null) return;
    const nonce = /\b[0-9a-f]{24} 0\b/.exec(heard)?.[0].slice(0, 24) ?? "";
    heard = "";
    const late = Math.round(Date.now() / 1000 - capture.at);
    const now = capture.stdout.replaceAll(clock, (time) =>
      Math.abs(Number(time) - capture.at) < 60 ? `${Number(time) + late}` : time,
    );
    channel.write(`${now.replaceAll(capture.nonce, nonce)}\n${asked[1]} 0\n`);
    channel.stderr.write(`\n${asked[1]} 0\n`);
  });
  channel.on("end", () => channel.close());
  return true;
}

const clock = /\b1\d{9}\b/g;
const identity =
  /\b[0-9a-f]{32}\b|\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\b(?!00:00:00|ff:ff:ff)([0-9a-f]{2}:){5}[0-9a-f]{2}\b/g;

function ownCapture(capture: Capture, name: string): Capture {
  const own = (found: string): string => {
    const digits = createHash("sha256").update(`${name} ${found}`).digest("hex");
    // The first octet of a MAC address keeps its meaning: local, not multicast.
    const kept = found.includes(":") ? 2 : 0;
    return found.slice(0, kept) + found.slice(kept).replaceAll(/[0-9a-f]/g, (_digit, at: number) => digits[at] ?? "0");
  };
  const stdout = capture.stdout.replaceAll(identity, own).replaceAll(new RegExp(`\\b${capture.name}\\b`, "g"), name);
  return { ...capture, stdout };
}

process.once("message", (order: FarmOrder) => void serve(order));
process.once("disconnect", () => process.exit(0));
