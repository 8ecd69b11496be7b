import { get } from "node:https";
import { parse } from "yaml";

export interface Credentials {
  readonly ca: Buffer;
  readonly cert: Buffer;
  readonly key: Buffer;
}

interface Kubeconfig {
  readonly clusters: readonly { readonly cluster: { readonly "certificate-authority-data": string } }[];
  readonly users: readonly {
    readonly user: { readonly "client-certificate-data": string; readonly "client-key-data": string };
  }[];
}

/** Of an administrator's kubeconfig with everything in it. */
export function credentialsOf(kubeconfig: string): Credentials {
  const { clusters, users } = parse(kubeconfig) as Kubeconfig;
  const [cluster, user] = [clusters[0]?.cluster, users[0]?.user];
  if (cluster === undefined || user === undefined) throw new Error("the kubeconfig has no cluster or no user");
  const pem = (base64: string) => Buffer.from(base64, "base64");
  return {
    ca: pem(cluster["certificate-authority-data"]),
    cert: pem(user["client-certificate-data"]),
    key: pem(user["client-key-data"]),
  };
}

const limitMs = 5000;

/** Asks one API server, over a connection of its own, for a path; its JSON. Rejects when HTTP 200 and all of the answer are not there within 5 s. */
export const askApi = (host: string, credentials: Credentials, path: string): Promise<unknown> =>
  new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(limitMs);
    const asked = get({ host, port: 6443, path, agent: false, signal, ...credentials }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString();
        if (response.statusCode === 200) resolve(JSON.parse(text));
        else reject(new Error(`HTTP ${response.statusCode}: ${text.slice(0, 200)}`));
      });
    });
    asked.on("error", (error) => reject(signal.aborted ? new Error(`no answer within ${limitMs / 1000} s`) : error));
  });
