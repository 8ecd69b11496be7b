import { z } from "zod";
import { formatCidr, looksLikeIpv6, parseAddress, parseCidr } from "../model/ip.ts";

// Error texts go behind the value, as in: network.pods: "10.244.0.0/99" is not a network such as 10.244.0.0/16

const text = (pattern: RegExp, error: string) => z.string().regex(pattern, { error });

/** Text whose `problem` is null when it is fine. */
const checked = (problem: (value: string) => string | null) =>
  z.string().superRefine((value, context) => {
    const message = problem(value);
    if (message !== null) context.addIssue({ code: "custom", message });
  });

const hostName = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/i;
const loginName = /^[A-Za-z0-9_][A-Za-z0-9_.@-]{0,63}$/;
const isDottedDigits = (value: string): boolean => /^[\d.]+$/.test(value);

export const version = () => text(/^\d{1,4}\.\d{1,4}\.\d{1,4}$/, "is not a version of three numbers such as 1.36.4");

/** RFC 1123: names of nodes and of the cluster. */
export const dnsLabel = () =>
  text(
    /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/,
    "is not a name of lower-case letters, digits and inner hyphens, 63 characters at most (RFC 1123)",
  );

export const dnsName = () =>
  text(
    /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/,
    "is not a lower-case DNS name such as cluster.local",
  );

/** A DNS name or an IPv4 address. */
export const host = () =>
  checked((value) => {
    if (looksLikeIpv6(value)) return "is an IPv6 address, which is not supported yet";
    if (isDottedDigits(value)) return parseAddress(value) === null ? "is not an IPv4 address" : null;
    return hostName.test(value) ? null : "is not a host name or an IPv4 address";
  });

/** Addresses that no machine can have: this network, loopback, link-local, multicast and above (RFC 6890). */
const unusable = ["0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3"].map((text) => ({ text, cidr: parseCidr(text) }));

export const nodeAddress = () =>
  checked((value) => {
    if (looksLikeIpv6(value)) return "is an IPv6 address, which is not supported yet";
    const address = parseAddress(value);
    if (address === null) return "is not an IPv4 address (a DNS name can stand in ssh.host)";
    const bad = unusable.find(
      ({ cidr }) => cidr !== null && address >= cidr.base && address < cidr.base + 2 ** (32 - cidr.prefix),
    );
    return bad === undefined ? null : `cannot be the address of a machine: it is in ${bad.text}`;
  });

const cidrProblem = (value: string): string | null => {
  if (looksLikeIpv6(value)) return "is an IPv6 network, which is not supported yet";
  const cidr = parseCidr(value);
  if (cidr === null) return "is not a network such as 10.244.0.0/16";
  return formatCidr(cidr) === value ? null : `is not the first address of its network: write ${formatCidr(cidr)}`;
};
export const cidr = () => checked(cidrProblem);
export const nodePortAddress = () => checked((value) => (value === "primary" ? null : cidrProblem(value)));

export const port = () => z.int().min(1).max(65535);

export const userName = () => text(loginName, "is not a login name");

/** host, user@host or host:port; the user may hold an @ itself. */
export const jumpHost = () =>
  checked((value) => {
    const [, user = "ok", name = "", jumpPort = "22"] = /^(?:(.*)@)?([^@:]*)(?::(.*))?$/.exec(value) ?? [];
    const fits = loginName.test(user) && hostName.test(name) && (!isDottedDigits(name) || parseAddress(name) !== null);
    return fits && /^\d{1,5}$/.test(jumpPort) && Number(jumpPort) >= 1 && Number(jumpPort) <= 65535
      ? null
      : "is not a jump host such as jump.example, ops@jump.example or jump.example:2222";
  });

/** Absolute, from the home directory, or relative to the inventory file. */
export const path = () =>
  checked((value) => (value.length > 0 && !value.includes("\0") && value.trim() === value ? null : "is not a path"));

export const envName = () => text(/^[A-Za-z_][A-Za-z0-9_]*$/, "is not the name of an environment variable");

/** What `ssh-keygen -l` prints: base64 of 32 bytes without padding. */
export const fingerprint = () =>
  text(
    /^SHA256:[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]$/,
    "is not a host key fingerprint (SHA256: and 43 characters, as ssh-keygen -l prints it)",
  );

/** Bech32, as age-keygen prints it: X25519, post-quantum (age1pq1…) or hardware-held (age1tag1…). Its checksum is looked at when it is used. */
export const ageRecipient = () =>
  text(/^age1[02-9ac-hj-np-z]{58,4000}$/, "is not an age recipient (age1…, the public key that age-keygen prints)");

export const sha256 = () => text(/^[0-9a-f]{64}$/, "is not a SHA-256 (64 lower-case hex digits)");

/** Scheme, host and maybe port and path; no user, query or fragment, which would end up in logs. */
const urlProblem = (value: string, withPath: boolean): string | null => {
  if (!/^https?:\/\//.test(value) || /\s/.test(value) || !URL.canParse(value)) return "is not an http:// or https:// URL";
  const url = new URL(value);
  if (url.username !== "" || url.password !== "") return "has a user or password in it; an inventory holds no secrets";
  if (url.search !== "" || url.hash !== "") return "has a query or fragment; give the plain URL";
  if (!withPath && url.pathname !== "/") return "has a path; a registry is only scheme, host and port";
  return null;
};
export const url = () => checked((value) => urlProblem(value, true));
export const registryUrl = () => checked((value) => urlProblem(value, false));
export const pathOrUrl = () =>
  checked((value) =>
    /^[a-z]+:\/\//i.test(value)
      ? urlProblem(value, true)
      : value.length > 0 && !value.includes("\0")
        ? null
        : "is not a path or URL",
  );

/** A Kubernetes quantity (1Gi, 500Mi, 1048576) or a share (10%), as kubelet's eviction settings take them. */
export const threshold = () =>
  text(
    /^(\d{1,12}(\.\d{1,3})?([kMGTPE]|[KMGTPE]i)?|([0-9]|[1-9][0-9]|100)(\.\d{1,3})?%)$/,
    "is not a size such as 1Gi or a share such as 10%",
  );

/** Go-like: 90s, 10m, 1h. */
export const duration = () => text(/^[1-9]\d{0,5}[smh]$/, "is not a duration such as 90s, 10m or 1h");

export const durationSeconds = (value: string): number =>
  Number(value.slice(0, -1)) * (value.endsWith("h") ? 3600 : value.endsWith("m") ? 60 : 1);

export const sysctlValue = () => z.union([z.int(), text(/^[^\n\r\0]{1,1024}$/, "is not one line of text")]);

/** How many of a group at once: a number, or a share of it in whole percent. */
export const window = () =>
  z.union([
    z.int().min(1).max(100),
    text(/^([1-9]|[1-9]\d|100)%$/, "is not a number of nodes or a share such as 25%").transform((value) => value as `${number}%`),
  ]);

/** For `sh -c`. */
export const command = () =>
  checked((value) => (value.trim() === "" ? "is empty" : value.includes("\0") ? "has a NUL byte in it" : null));
