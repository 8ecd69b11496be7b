import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { dnsAddresses, dnsQuestion } from "../../../src/facts/dnsQuestion.ts";

const bytesOf = (escapes: string): Buffer => execFileSync("sh", ["-c", `printf '${escapes}'`], { encoding: "buffer" });
const header = "5056 8580 0001 0001 0000 0000".replaceAll(" ", "");
const question = bytesOf(dnsQuestion("a.bc")).subarray(14).toString("hex");

describe("DNS by hand", () => {
  test("a question is length, header, name, type A, class IN", () => {
    expect(bytesOf(dnsQuestion("a.bc")).toString("hex")).toBe(`0016${"505601000001000000000000"}${"0161026263000001"}0001`);
  });
  test("an answer with a compressed name", () => {
    expect(dnsAddresses(`${header}${question}c00c00010001000000050004 0a600001`)).toEqual(["10.96.0.1"]);
  });
  test("an error code, another's answer, and an answer that ends early are no answer", () => {
    expect(dnsAddresses(`505685830001000000000000${question}`)).toBeNull();
    expect(dnsAddresses(`999985800001000100000000${question}c00c000100010000000500040a600001`)).toBeNull();
    expect(dnsAddresses(`${header}${question}c00c0001`)).toBeNull();
    expect(dnsAddresses("")).toBeNull();
  });
});
