import { expect, test } from "vitest";
import { type PackagesSeen, packagesFact } from "../../../src/facts/packages.ts";
import { needsTurn, packagesRefusal } from "../../../src/upgrade/packages.ts";

const boot = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0";
const seen = (text: string): PackagesSeen => packagesFact.parse({ code: 0, stdout: `boot=${boot}\n${text}` });

test("what a machine with apt says: newer packages, a restart that is owed, an installation that broke off", () => {
  expect(seen("manager=apt-get\nnewer=linux-image-amd64\nnewer=openssl\nrestart=yes\n")).toEqual({
    manager: "apt-get",
    newer: ["linux-image-amd64", "openssl"],
    unfinished: false,
    restart: true,
    boot,
  });
  expect(seen("manager=apt-get\nunfinished=yes\n").unfinished).toBe(true);
  expect(() => packagesFact.parse({ code: 0, stdout: "manager=apt-get\n" })).toThrow("which boot this is");
});

test("a node's turn comes for newer packages, an owed restart, a broken-off installation, or when all are to restart", () => {
  const nothing = seen("manager=apt-get\n");
  expect(needsTurn(nothing, "needed")).toBe(false);
  expect(needsTurn(nothing, "always")).toBe(true);
  for (const more of ["newer=openssl\n", "restart=yes\n", "unfinished=yes\n"])
    expect(needsTurn(seen(`manager=apt-get\n${more}`), "needed")).toBe(true);
});

test("another package manager than apt is refused by its name", () => {
  expect(packagesRefusal("w-1", seen("manager=apt-get\n"))).toBeNull();
  expect(packagesRefusal("w-1", seen("manager=dnf\n"))).toMatchObject({
    severity: "error",
    message: expect.stringContaining("dnf"),
  });
  expect(packagesRefusal("w-1", seen(""))).toMatchObject({ message: "no package manager is known on this machine" });
});
