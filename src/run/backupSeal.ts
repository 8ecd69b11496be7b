import { ReadableStream } from "node:stream/web";
import { type Diagnostic, ProvisionError } from "../model/diagnostic.ts";
import type { Secret } from "../model/secret.ts";

/** One stream into another: plain to encrypted, or back. */
export type Through = (input: AsyncIterable<Uint8Array>) => Promise<AsyncIterable<Uint8Array>>;

const refused = (diagnostic: Omit<Diagnostic, "severity" | "place">): ProvisionError =>
  new ProvisionError([{ severity: "error", place: {}, ...diagnostic }], 3);

/** Encrypts for all of `recipients` with age; with none, leaves as it is. Throws ProvisionError (exit 3) on what is no recipient. */
export async function sealFor(recipients: readonly string[]): Promise<Through> {
  if (recipients.length === 0) return async (input) => input;
  const { Encrypter } = await import("age-encryption");
  const encrypter = new Encrypter();
  for (const recipient of recipients) {
    try {
      encrypter.addRecipient(recipient);
    } catch {
      throw refused({
        code: "backup/no-recipient",
        message: `${recipient.slice(0, 80)} is not an age recipient`,
        hint: "backup.age takes what `age-keygen -y` prints; is a character wrong or missing?",
      });
    }
  }
  return async (input) => encrypter.encrypt(asStream(input));
}

/** Decrypts with the identities of a file as age-keygen writes it. Throws ProvisionError (exit 3) when there is none in it, or none fits. */
export async function openWith(identityFile: Secret): Promise<Through> {
  const { Decrypter } = await import("age-encryption");
  const decrypter = new Decrypter();
  const lines = identityFile.reveal().split(/\r?\n/);
  const identities = lines.map((line) => line.trim()).filter((line) => line !== "" && !line.startsWith("#"));
  try {
    for (const identity of identities) decrypter.addIdentity(identity);
  } catch {
    throw notAnIdentity();
  }
  if (identities.length === 0) throw notAnIdentity();
  return async (input) => {
    try {
      return await decrypter.decrypt(asStream(input));
    } catch {
      throw refused({
        code: "restore/wrong-identity",
        message: "none of the identities opens this backup",
        hint: "give the private key of one of the recipients that manifest.json names",
      });
    }
  };
}

const notAnIdentity = (): ProvisionError =>
  refused({
    code: "restore/no-identity",
    message: "the identity file holds no age identity",
    hint: "a line AGE-SECRET-KEY-1… is meant, as age-keygen writes it",
  });

function asStream(input: AsyncIterable<Uint8Array>): globalThis.ReadableStream<Uint8Array> {
  const source = input[Symbol.asyncIterator]();
  const stream = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await source.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    async cancel() {
      await source.return?.();
    },
  });
  return stream as unknown as globalThis.ReadableStream<Uint8Array>;
}
