import { HostError } from "../host/host.ts";
import { sh } from "../host/sh.ts";
import type { TurnContext } from "./nodeTurn.ts";
import { lastWords } from "./stepFailure.ts";

const script = sh`for u in kubelet.service containerd.service provision-api-proxy.service; do
  [ "$(systemctl show -p LoadState --value "$u")" = loaded ] || continue
  s=$(systemctl show -p SubState --value "$u"); n=$(systemctl show -p NRestarts --value "$u")
  [ "$s" = running ] && [ "$n" = 0 ] && [ "$u" != kubelet.service ] && continue
  printf '%s is %s, restarted %s times; its last words:\\n' "$u" "$s" "$n"
  w=$(journalctl _SYSTEMD_UNIT="$u" -n 6 --no-pager -o cat | cut -c1-400)
  [ -n "$w" ] || w=$(journalctl -u "$u" -n 6 --no-pager -o cat | cut -c1-400)
  printf '%s\\n' "$w"; done`;

/** Tells what a node that missed its gate says itself, before anything is put back. A node that says nothing is told as that. */
export async function tellLastWords(node: string, { world, emit }: Pick<TurnContext, "world" | "emit">): Promise<void> {
  try {
    const { stdout } = await world.sessions.with(node, (host) => host.run(script.text));
    for (const line of lastWords(stdout, 24).split("\n")) emit({ type: "note", message: `${node}: ${line}` });
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    emit({ type: "note", message: `${node} cannot be asked for its last words: ${error.message}` });
  }
}
