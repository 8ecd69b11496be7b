import { describe, expect, test } from "vitest";
import { addressesOf, linkMtus, routesTo, vxlanPorts, wayTo } from "../../../../src/preflight/between/survey.ts";

const reply = (stdout: string, code = 0) => ({ code, stdout });

describe("how a node reaches the others", () => {
  const links = linkMtus.parse(
    reply(
      "1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN mode DEFAULT group default qlen 1000\\    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00\n" +
        "2: eth0@if258: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP mode DEFAULT\n" +
        "3: bond0.12@bond0: <BROADCAST> mtu 9000 qdisc noop\n",
    ),
  );
  const routes = routesTo(["10.0.0.2", "10.0.9.9", "10.0.0.1"]).parse(
    reply(
      "10.0.0.2 dev eth0 src 10.0.0.1 uid 0 \\    cache \n10.0.9.9 via 10.0.0.254 dev bond0.12 src 10.0.0.1 uid 0 \\    cache expires 590sec mtu 1400\nlocal 10.0.0.1 dev lo src 10.0.0.1 uid 0 \\    cache <local> \n8.8.8.8 dev evil0\n",
    ),
  );
  const survey = { links, routes, vxlan: new Map(), addresses: new Map(), names: new Map() };

  test("by interface, with that interface's MTU, whatever the kernel remembers of a path", () => {
    expect(wayTo(survey, "10.0.0.2")).toEqual({ device: "eth0", mtu: 1500 });
    expect(wayTo(survey, "10.0.9.9")).toEqual({ device: "bond0.12", mtu: 9000 });
  });

  test("not at all where there is no route", () => {
    expect(wayTo(survey, "10.0.0.3")).toBeNull();
    expect(wayTo(survey, "8.8.8.8")).toBeNull(); // nobody asked for it
  });

  test("rubbish is nothing", () => {
    expect(linkMtus.parse(reply("2: eth0: mtu banana\n<>\n", 255)).size).toBe(0);
    expect(routesTo(["10.0.0.2"]).parse(reply("RTNETLINK answers: Network is unreachable\n", 2)).size).toBe(0);
  });
});

test("the kernel's VXLAN is known by its port", () =>
  expect([
    ...vxlanPorts.parse(
      reply(
        "5: flannel.1: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 qdisc noqueue state UNKNOWN mode DEFAULT group default \\    link/ether 2a:cc:61:04:8c:12 brd ff:ff:ff:ff:ff:ff promiscuity 0 minmtu 68 maxmtu 65535 \\    vxlan id 1 local 10.77.2.21 dev eth0 srcport 0 0 dstport 8472 nolearning ttl auto ageing 300 \n",
      ),
    ),
  ]).toEqual([[8472, "flannel.1"]]));

describe("names", () => {
  test("at most three addresses each, of the names that were asked for", () =>
    expect([
      ...addressesOf(["lb.example", "gone.example"]).parse(
        reply(
          "lb.example 10.0.0.9\nlb.example 10.0.0.9\nlb.example fe80::1\nlb.example 10.0.0.8\nlb.example 10.0.0.7\nlb.example 10.0.0.6\nother.example 10.1.1.1\n",
        ),
      ),
    ]).toEqual([
      ["lb.example", ["10.0.0.9", "10.0.0.8", "10.0.0.7"]],
      ["gone.example", []],
    ]));
});
