import { createReadStream, statSync } from "node:fs";
import { createServer } from "node:http";
import { join, normalize } from "node:path";

/** The file below root that a request path names, or null: outside, hidden, or no regular file. */
export function fileFor(root: string, requestPath: string): string | null {
  let path: string;
  try {
    path = normalize(decodeURIComponent(requestPath.split("?")[0] ?? ""));
  } catch {
    return null;
  }
  if (!path.startsWith("/") || path.includes("\0") || path.split("/").some((part) => part.startsWith("."))) return null;
  const file = join(root, path);
  return statSync(file, { throwIfNoEntry: false })?.isFile() === true ? file : null;
}

/** A static file server, nothing more. Run as: serveMirror.ts ADDRESS PORT ROOT */
export function serveMirror(address: string, port: number, root: string): void {
  const server = createServer((request, response) => {
    const known = request.method === "GET" || request.method === "HEAD";
    const file = known ? fileFor(root, request.url ?? "") : null;
    if (file === null) {
      response.writeHead(known ? 404 : 405, { "content-type": "text/plain" }).end("not here\n");
      return;
    }
    const type = file.endsWith(".json") ? "application/json" : "application/octet-stream";
    response.writeHead(200, { "content-type": type, "content-length": statSync(file).size });
    if (request.method === "HEAD") response.end();
    else
      createReadStream(file, { highWaterMark: 1 << 20 })
        .on("error", () => response.destroy())
        .pipe(response);
  });
  server.on("error", (error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
  server.listen(port, address);
}

const [, script, address, port, root] = process.argv;
if (script?.endsWith("serveMirror.ts") && address && port && root) serveMirror(address, Number(port), root);
