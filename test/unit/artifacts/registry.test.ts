import { createHash } from "node:crypto";
import type { RequestListener } from "node:http";
import { describe, expect, test } from "vitest";
import { resolveDigest } from "../../../src/artifacts/registry.ts";
import { failure } from "./failure.ts";
import { nobody, serve } from "./serve.ts";

const ref = "registry.k8s.io/coredns/coredns:v1.14.2";
const manifest = JSON.stringify({ schemaVersion: 2, mediaType: "application/vnd.oci.image.index.v1+json", manifests: [] });
const digest = `sha256:${createHash("sha256").update(manifest).digest("hex")}`;
const manifestPath = "/v2/coredns/coredns/manifests/v1.14.2";

/** A registry that answers only a client that asks as the distribution specification says. */
const answer: RequestListener = (request, response) => {
  const index = request.headers.accept?.includes("application/vnd.oci.image.index.v1+json") === true;
  if (request.url !== manifestPath || !index) return void response.writeHead(404).end();
  response.setHeader("docker-content-digest", digest).end(manifest);
};

/** The same behind a token service; `grant` is what that service answers. */
const guarded = (grant: (query: URLSearchParams) => string): RequestListener => {
  return (request, response) => {
    const here = `http://${request.headers.host}`;
    const url = new URL(request.url ?? "", here);
    if (url.pathname === "/token") return void response.end(grant(url.searchParams));
    if (request.headers.authorization === "Bearer pass.123") return void answer(request, response);
    const challenge = `Bearer realm="${here}/token",service="registry.example",scope="repository:coredns/coredns:pull"`;
    response.writeHead(401, { "www-authenticate": challenge }).end("{}");
  };
};

describe("the digest of a tag", () => {
  test("is taken over what the registry sends", async () => {
    expect(await resolveDigest(ref, { fetch, registry: await serve(answer) })).toBe(digest);
  });

  test("is asked of the reference's own registry unless a mirror is named", async () => {
    const asked: string[] = [];
    const elsewhere = async (url: string | URL | Request) => {
      asked.push(String(url));
      return new Response(manifest);
    };
    await resolveDigest(ref, { fetch: elsewhere });
    await resolveDigest("docker.io/library/haproxy:3.2.23-alpine", { fetch: elsewhere });
    expect(asked).toEqual([
      "https://registry.k8s.io/v2/coredns/coredns/manifests/v1.14.2",
      "https://registry-1.docker.io/v2/library/haproxy/manifests/3.2.23-alpine",
    ]);
  });

  test.each(["token", "access_token"])("is fetched with an anonymous token where one is wanted (%s)", async (field) => {
    const queries: string[] = [];
    const registry = await serve(
      guarded((query) => {
        queries.push(query.toString());
        return JSON.stringify({ [field]: "pass.123" });
      }),
    );
    expect(await resolveDigest(ref, { fetch, registry })).toBe(digest);
    expect(queries).toEqual(["service=registry.example&scope=repository%3Acoredns%2Fcoredns%3Apull"]);
  });
});

describe("no digest is given", () => {
  test("when the registry's claim and its manifest differ", async () => {
    const registry = await serve((_, response) =>
      response.setHeader("docker-content-digest", `sha256:${"0".repeat(64)}`).end(manifest),
    );
    expect(await failure(resolveDigest(ref, { fetch, registry }))).toMatchObject([
      { code: "image/unresolved", seen: expect.stringContaining(digest) },
    ]);
  });

  test("for an unknown tag, with the URL that was asked", async () => {
    const registry = await serve((_, response) => response.writeHead(404).end());
    expect(await failure(resolveDigest(ref, { fetch, registry }))).toMatchObject([
      { code: "image/unresolved", seen: "HTTP 404 Not Found", place: { file: registry + manifestPath } },
    ]);
  });

  test("when the token is not accepted, is none, or there is no token service", async () => {
    for (const grant of ['{"token":"other"}', "{}", '{"token":"a\\r\\nx: y"}', "<html>"]) {
      const registry = await serve(guarded(() => grant));
      expect(await failure(resolveDigest(ref, { fetch, registry }))).toMatchObject([{ code: "image/unresolved" }]);
    }
    const registry = await serve((_, response) => response.writeHead(401, { "www-authenticate": 'Basic realm="x"' }).end());
    expect(await failure(resolveDigest(ref, { fetch, registry }))).toMatchObject([
      { seen: expect.stringContaining("HTTP 401 without a way") },
    ]);
  });

  test("when the manifest never ends", async () => {
    const registry = await serve((_, response) => {
      const more = () => response.write(Buffer.alloc(1 << 20), () => !response.destroyed && more());
      more();
    });
    expect(await failure(resolveDigest(ref, { fetch, registry }))).toMatchObject([
      { seen: expect.stringContaining("more than") },
    ]);
  });

  test("when nothing listens, or the reference leaves its registry or tag open", async () => {
    expect(await failure(resolveDigest(ref, { fetch, registry: await nobody() }))).toMatchObject([
      { seen: "ECONNREFUSED (refused)" },
    ]);
    for (const open of ["haproxy:3.2", "docker.io/library/haproxy", "docker.io/library/../x:1"]) {
      expect(await failure(resolveDigest(open, { fetch }))).toMatchObject([
        { code: "image/unresolved", message: expect.stringContaining(open) },
      ]);
    }
  });
});
