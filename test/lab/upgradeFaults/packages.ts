import type { Scenario } from "../scenarios/scenario.ts";

/**
 * The node's only source of packages becomes a folder of its own with one package in it, lab-update, of which it has 1 and the folder 2.
 * Version 2 asks for a restart, as a kernel does. `slowSeconds`: how long its installation takes.
 */
export const newerPackage = (it: Scenario, node: string, slowSeconds = 0): Promise<string> =>
  it.on(
    node,
    `set -e; r=/srv/updates; rm -rf $r; mkdir -p $r; cd $r
make() {
  mkdir -p w/DEBIAN
  printf 'Package: lab-update\\nVersion: %s\\nArchitecture: all\\nMaintainer: lab <lab@example.com>\\nDescription: of the lab\\n' "$1" >w/DEBIAN/control
  printf '#!/bin/sh\\n%s\\n' "$2" >w/DEBIAN/postinst; chmod 755 w/DEBIAN/postinst
  dpkg-deb --root-owner-group -b w "lab-update_$1_all.deb" >/dev/null; rm -r w
}
make 1 true; dpkg -i lab-update_1_all.deb >/dev/null; rm lab-update_1_all.deb
make 2 'sleep ${slowSeconds}; touch /run/reboot-required'
d=lab-update_2_all.deb
{ dpkg-deb -f $d; printf 'Filename: ./%s\\nSize: %s\\nSHA256: %s\\n' $d "$(stat -c %s $d)" "$(sha256sum $d | cut -d' ' -f1)"; } >Packages
printf 'Date: %s\\nSHA256:\\n %s %s Packages\\n' "$(date -uR)" "$(sha256sum Packages | cut -d' ' -f1)" "$(stat -c %s Packages)" >Release
rm -rf /etc/apt/sources.list /etc/apt/sources.list.d/*; echo "deb [trusted=yes] file:$r ./" >/etc/apt/sources.list`,
  );

/** Version of that package on the node. */
export const packageVersion = (it: Scenario, node: string): Promise<string> =>
  it.on(node, `dpkg-query -W -f '\${Version}' lab-update`);

export const bootOf = (it: Scenario, node: string): Promise<string> => it.on(node, "cat /proc/sys/kernel/random/boot_id");
