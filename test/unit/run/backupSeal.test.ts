import { generateIdentity, identityToRecipient } from "age-encryption";
import { expect, test } from "vitest";
import { ProvisionError } from "../../../src/model/diagnostic.ts";
import { Secret } from "../../../src/model/secret.ts";
import { openWith, sealFor } from "../../../src/run/backupSeal.ts";

async function* pieces(...sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  for (const [index, size] of sizes.entries()) yield Buffer.alloc(size, index + 1);
}
async function collect(input: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const piece of input) all.push(piece);
  return Buffer.concat(all);
}
async function* once(bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield bytes;
}
const keyPair = async () => {
  const identity = await generateIdentity();
  return { file: new Secret(`# created: now\n\n${identity}\r\n`), recipient: await identityToRecipient(identity) };
};
const codes = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => "no error",
    (error: unknown) => (error instanceof ProvisionError ? error.diagnostics.map((one) => one.code) : error),
  );

test("what is encrypted for two comes back with the key of either, and is not readable in between", async () => {
  const [ann, bob] = [await keyPair(), await keyPair()];
  const plain = await collect(pieces(5, 200_000, 1, 70_000));
  const sealed = await collect(await (await sealFor([ann.recipient, bob.recipient]))(pieces(5, 200_000, 1, 70_000)));
  expect(sealed.subarray(0, 21).toString()).toBe("age-encryption.org/v1");
  expect(sealed.includes(Buffer.alloc(64, 2))).toBe(false);
  for (const { file } of [ann, bob]) {
    const opened = await collect(await (await openWith(file))(once(sealed)));
    expect(opened.equals(plain)).toBe(true);
  }
});

test("nothing at all can be encrypted too", async () => {
  const { file, recipient } = await keyPair();
  const sealed = await collect(await (await sealFor([recipient]))(pieces()));
  expect((await collect(await (await openWith(file))(once(sealed)))).length).toBe(0);
});

test("without recipients it stays as it is", async () => {
  expect((await collect(await (await sealFor([]))(pieces(3)))).toString("hex")).toBe("010101");
});

test("a stranger's key, and a file that was changed, open nothing", async () => {
  const [ann, eve] = [await keyPair(), await keyPair()];
  const sealed = await collect(await (await sealFor([ann.recipient]))(pieces(100_000)));
  expect(await codes((await openWith(eve.file))(once(sealed)))).toEqual(["restore/wrong-identity"]);
  sealed[sealed.length - 1] = (sealed.at(-1) ?? 0) ^ 1;
  await expect((async () => collect(await (await openWith(ann.file))(once(sealed))))()).rejects.toThrow();
});

test("what is no recipient and what is no identity file is told in words, without the key", async () => {
  const { recipient, file } = await keyPair();
  const mistyped = `${recipient.slice(0, -1)}${recipient.endsWith("q") ? "p" : "q"}`;
  expect(await codes(sealFor([mistyped]))).toEqual(["backup/no-recipient"]);
  expect(await codes(openWith(new Secret("# nothing here\n")))).toEqual(["restore/no-identity"]);
  const damaged = file.reveal().replace(/.(?=\r?\n?$)/, "");
  const error = await openWith(new Secret(damaged)).catch((one: unknown) => one);
  expect(error).toBeInstanceOf(ProvisionError);
  expect(JSON.stringify(error)).not.toContain("AGE-SECRET-KEY-1Q");
});
