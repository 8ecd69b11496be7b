import type { Fact, FactValues } from "../../facts/fact.ts";
import { sh } from "../../host/sh.ts";
import { parseAddress } from "../../model/ip.ts";

const lines = (text: string): readonly string[] => text.split("\n").filter((line) => line !== "");

/** MTU of every interface, by its name. */
export const linkMtus: Fact<ReadonlyMap<string, number>> = {
  key: "between link-mtus",
  script: sh`ip -o link`,
  parse: ({ stdout }) =>
    new Map(
      lines(stdout).flatMap((line) => {
        const found = /^\d+: ([^\s:@]+)(?:@[^\s:]+)?: <.*?> mtu (\d{2,9}) /.exec(line);
        return found?.[1] === undefined ? [] : [[found[1], Number(found[2])] as const];
      }),
    ),
};

/** Interface by which each of these addresses is reached; one without a route is left out. One process asks for all of them. */
export const routesTo = (addresses: readonly string[]): Fact<ReadonlyMap<string, string>> => ({
  key: `between routes ${addresses.join(" ")}`,
  script: sh`printf 'route get %s\\n' ${addresses} | ip -o -force -batch -`,
  parse: ({ stdout }) =>
    new Map(
      lines(stdout).flatMap((line) => {
        const found = /^(?:local )?([\d.]+) .*?\bdev (\S+)/.exec(line);
        return found?.[1] === undefined || found[2] === undefined || !addresses.includes(found[1]) ? [] : [[found[1], found[2]]];
      }),
    ),
});

/** UDP port to the interface of the kernel's VXLAN that receives there. */
export const vxlanPorts: Fact<ReadonlyMap<number, string>> = {
  key: "between vxlan-ports",
  script: sh`ip -o -d link show type vxlan`,
  parse: ({ stdout }) =>
    new Map(
      lines(stdout).flatMap((line) => {
        const found = /^\d+: ([^\s:@]+).* vxlan .*?\bdstport (\d{1,5})\b/.exec(line);
        return found?.[1] === undefined ? [] : [[Number(found[2]), found[1]] as const];
      }),
    ),
};

/** First IPv4 address of every interface, by its name. */
export const linkAddresses: Fact<ReadonlyMap<string, string>> = {
  key: "between link-addresses",
  script: sh`ip -o -4 address`,
  parse: ({ stdout }) => {
    const found = new Map<string, string>();
    for (const line of lines(stdout)) {
      const [, device, address] = /^\d+: (\S+)\s+inet ([\d.]+)/.exec(line) ?? [];
      if (device === undefined || address === undefined || found.has(device) || parseAddress(address) === null) continue;
      found.set(device, address);
    }
    return found;
  },
};

/** At most three IPv4 addresses of each name, as the machine itself resolves them within 3 seconds; none: it does not. */
export const addressesOf = (names: readonly string[]): Fact<ReadonlyMap<string, readonly string[]>> => ({
  key: `between names ${names.join(" ")}`,
  script: sh`for n in ${names}; do timeout 3 getent ahostsv4 "$n" | while read -r a rest; do printf '%s %s\\n' "$n" "$a"; done & done; wait`,
  parse: ({ stdout }) => {
    const found = new Map<string, string[]>(names.map((name) => [name, []]));
    for (const line of lines(stdout)) {
      const [name = "", address = ""] = line.split(" ");
      const known = found.get(name);
      if (known === undefined || known.length === 3 || known.includes(address) || parseAddress(address) === null) continue;
      known.push(address);
    }
    return found;
  },
});

/** What one node tells of itself before the others are asked: `peers` are addresses, `names` host names. */
export const surveyOf = (peers: readonly string[], names: readonly string[]) => ({
  links: linkMtus,
  routes: routesTo(peers),
  vxlan: vxlanPorts,
  addresses: linkAddresses,
  names: addressesOf(names),
});
export type Survey = FactValues<ReturnType<typeof surveyOf>>;

/** Interface and MTU by which that address is reached; null when there is no route or the interface is not known. */
export function wayTo(survey: Survey, address: string): { readonly device: string; readonly mtu: number } | null {
  const device = survey.routes.get(address);
  const mtu = device === undefined ? undefined : survey.links.get(device);
  return device === undefined || mtu === undefined ? null : { device, mtu };
}

/** The node's end of the tunnel that receives at that UDP port; null where there is none. */
export function tunnelOf(survey: Survey, port: number): { readonly device: string; readonly address: string } | null {
  const device = survey.vxlan.get(port);
  const address = device === undefined ? undefined : survey.addresses.get(device);
  return device === undefined || address === undefined ? null : { device, address };
}
