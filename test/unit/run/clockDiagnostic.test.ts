import { describe, expect, test } from "vitest";
import { hostFacts } from "../../../src/facts/hostFacts.ts";
import { clockDiagnostic } from "../../../src/run/clockDiagnostic.ts";

const at = (clock: number) => new Map([[hostFacts.key, { code: 0, stdout: `clock=${clock}\n` }]]);

describe("a machine's clock", () => {
  test("read anywhere within a long look is right", () => {
    for (const clock of [1000, 1010, 1030]) expect(clockDiagnostic("a", at(clock), 1000, 1030)).toBeNull();
  });
  test("ahead or behind by seconds is a warning, by a minute an error, and says which", () => {
    expect(clockDiagnostic("a", at(990), 1000, 1030)).toMatchObject({
      severity: "warning",
      message: "the clock is 10 s behind this machine's",
    });
    expect(clockDiagnostic("a", at(1100), 1000, 1030)).toMatchObject({
      severity: "error",
      message: "the clock is 70 s ahead of this machine's",
    });
  });
  test("that was not asked for is not judged", () => {
    expect(clockDiagnostic("a", new Map(), 1000, 1030)).toBeNull();
  });
});
