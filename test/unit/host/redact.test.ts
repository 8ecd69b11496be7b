import { describe, expect, it } from "vitest";
import { makeRedactor } from "../../../src/host/redact.ts";
import { Secret } from "../../../src/model/secret.ts";

describe("makeRedactor", () => {
  it("takes secrets out, the longer first, in base64 too", () => {
    const redactor = makeRedactor();
    redactor.add("hunter");
    redactor.add(new Secret("hunter22"));
    expect(redactor.redact(`a hunter22 b hunter c ${Buffer.from("hunter22").toString("base64")}`)).toBe(
      "a [secret] b [secret] c [secret]",
    );
  });

  it("knows the lines of a long secret, since tools print them one by one", () => {
    const redactor = makeRedactor();
    redactor.add("-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0\n-----END KEY-----\n");
    expect(redactor.redact("bad line: MIIEvQIBADANBgkqhkiG9w0!")).toBe("bad line: [secret]!");
  });

  it("leaves text alone when a secret is empty or too short to mean anything", () => {
    const redactor = makeRedactor();
    redactor.add("");
    redactor.add("no");
    expect(redactor.redact("no node said no")).toBe("no node said no");
  });
});
