import { type Answer, doubtful, no, seen, unknown } from "../../kernel/answer.ts";
import type { Result } from "../check.ts";
import { Findings, type Heard, sentOf } from "./heard.ts";
import { addressesFor, type Outside, outsides, type TcpLeg } from "./legs.ts";
import { errorName } from "./replies.ts";

/** "between/sources": the mirror and the registry of the inventory, from each node. */
export function judgeSources(heard: Heard): readonly Result[] {
  const findings = new Findings("between/sources", "mirror and registry");
  for (const one of outsides(heard.cluster).filter(({ check }) => check === "between/sources")) {
    const hint = `let TCP out to ${one.host}:${one.port}, start what should serve there, or correct artifacts.${one.role === "mirror" ? "url" : "registry"} in the inventory`;
    for (const { name } of heard.nodes) {
      const reach = reached(heard, name, one);
      findings.add(name, {
        what: whatOf(one),
        answer: "failed" in reach ? no(whyOf(one, name), hint, reach.failed) : reach.answer,
      });
    }
  }
  return findings.results(heard.nodes);
}

/** The load balancer: before the first API server runs, it may refuse or keep silent and be quite right. */
export function judgeEndpoint(heard: Heard, findings: Findings): void {
  for (const one of outsides(heard.cluster).filter(({ role }) => role === "endpoint")) {
    for (const { name } of heard.nodes) {
      const reach = reached(heard, name, one);
      const hint = `let TCP out to ${one.host}:${one.port} on ${name}, and see that the load balancer listens; endpoint in the inventory names it`;
      const failed = (seenThere: string): Answer => {
        if (serves(heard)) return no(whyOf(one, name), hint, seenThere);
        return addressesFor(memberOf(heard, name), one).length === 0
          ? doubtful(whyOf(one, name), hint, seenThere)
          : unknown(`${seenThere}; a load balancer may do so while no API server runs behind it`, hint);
      };
      findings.add(name, { what: whatOf(one), answer: "failed" in reach ? failed(reach.failed) : reach.answer });
    }
  }
}

const whatOf = ({ role, host, port }: Outside): string => `${role} ${host}:${port}`;
const whyOf = ({ role, host, port }: Outside, node: string): string =>
  `the ${role} ${host}:${port} cannot be reached from ${node}`;

const memberOf = (heard: Heard, node: string) => {
  const member = heard.members.get(node);
  return typeof member === "string" ? undefined : member;
};

/** An API server listens on some control plane already. */
const serves = (heard: Heard): boolean =>
  heard.legs.some((leg) => leg.protocol === "tcp" && "to" in leg.aim && leg.port === 6443 && !leg.answers);

/** An answer, or how it failed. One address that answers is enough. */
function reached(heard: Heard, node: string, one: Outside): { readonly answer: Answer } | { readonly failed: string } {
  const member = memberOf(heard, node);
  if (member === undefined) return { answer: unknown(String(heard.members.get(node) ?? "the node was not asked")) };
  if (addressesFor(member, one).length === 0) return { failed: `${one.host} is not resolved there within 3 s` };
  const legs = heard.legs.filter(
    (leg): leg is TcpLeg => leg.protocol === "tcp" && leg.from === node && "outside" in leg.aim && sameAs(leg.aim.outside, one),
  );
  const tried = legs.map((leg) => ({ leg, sent: sentOf(heard, leg) }));
  const good = tried.find(({ sent }) => typeof sent === "object" && sent.kind === "ok");
  if (good !== undefined) return { answer: seen(`${good.leg.address}:${good.leg.port} answers`) };
  const dark = tried.find(({ sent }) => typeof sent === "string");
  if (dark !== undefined || tried.length === 0) return { answer: unknown(String(dark?.sent ?? "it was not tried")) };
  return {
    failed: tried
      .map(({ leg, sent }) => {
        const how = typeof sent === "object" && sent.kind === "error" ? errorName(sent.errno) : "no answer within 2.5 s";
        return `${leg.address}:${leg.port}: ${how}`;
      })
      .join("; "),
  };
}

const sameAs = (a: Outside, b: Outside): boolean => a.role === b.role && a.host === b.host && a.port === b.port;
