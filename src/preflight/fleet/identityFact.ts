import { type Fact, FactError } from "../../facts/fact.ts";
import { sh } from "../../host/sh.ts";

export interface Identity {
  /** "" when there is none. */
  readonly machineId: string;
  /** null: there is none to be read, as in containers. */
  readonly productUuid: string | null;
  /** Shares its kernel, and so what the hardware says of itself, with others. */
  readonly container: boolean;
  /** MAC address of the interface that holds the node's address, or leads out; null: there is none. */
  readonly mac: { readonly address: string; readonly of: string } | null;
}

/** Makers' placeholders, the same on every board of theirs. */
const placeholders = /^(0{8}-|f{8}-|03000200-0400-0500-0006-000700080009$|12345678-|not )/;
const mac = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/;

/** `address`: the node's. /sys/class/net is not asked: in a container it may show the host's interfaces. */
export const identityFact = (address: string): Fact<Identity> => ({
  key: `identity ${address}`,
  script: sh`printf 'machine=%s\\n' "$(head -c 64 /etc/machine-id)"
if [ -r /sys/class/dmi/id/product_uuid ]; then printf 'product=%s\\n' "$(head -c 64 /sys/class/dmi/id/product_uuid)"; fi
if c=$(systemd-detect-virt --container); then echo "container=$c"; fi
i=$(ip -o -4 address show | awk -v a=${address} '{split($4, b, "/"); if (b[1] == a) {print $2; exit}}')
[ -n "$i" ] || i=$(ip -o -4 route show default | awk '{for (n = 1; n < NF; n++) if ($n == "dev") {print $(n + 1); exit}}')
[ -n "$i" ] && ip -o link show dev "$i" | awk -v i="$i" '{for (n = 1; n < NF; n++) if ($n == "link/ether") print "mac=" $(n + 1), i}'
echo end=yes`,
  parse: ({ stdout }) => {
    const lines = stdout.split("\n");
    const one = (name: string): string =>
      lines
        .find((line) => line.startsWith(`${name}=`))
        ?.slice(name.length + 1)
        .trim() ?? "";
    if (one("end") !== "yes") throw new FactError("identity", "the reply about who the machine is is not whole", "");
    const product = one("product").toLowerCase();
    const [found = "", of = ""] = one("mac").toLowerCase().split(" ");
    return {
      machineId: /^[0-9a-f]{32}$/.test(one("machine")) ? one("machine") : "",
      productUuid: /^[0-9a-f-]{36}$/.test(product) && !placeholders.test(product) ? product : null,
      container: one("container") !== "",
      mac: mac.test(found) && found !== "00:00:00:00:00:00" ? { address: found, of } : null,
    };
  },
});
