import { describe, expect, test } from "vitest";
import { beyondKeep, unfinished } from "../../../src/backup/keep.ts";

const days = (...numbers: readonly number[]): readonly string[] => numbers.map((day) => `2026010${day}T000000Z-abcd`);

describe("which backups go", () => {
  test("the oldest, until as many as said are left", () => {
    expect(beyondKeep(days(3, 1, 5, 2, 4), 3, "20260105T000000Z-abcd")).toEqual(days(2, 1));
  });

  test("none while there are few", () => {
    expect(beyondKeep(days(1, 2, 3), 3, "20260103T000000Z-abcd")).toEqual([]);
    expect(beyondKeep([], 1, "20260103T000000Z-abcd")).toEqual([]);
  });

  test("never the one just made, though a clock that ran ahead made others newer", () => {
    expect(beyondKeep(days(1, 7, 8, 9), 1, "20260101T000000Z-abcd")).toEqual(days(9, 8, 7));
    expect(beyondKeep(days(1, 7, 8, 9), 2, "20260101T000000Z-abcd")).toEqual(days(8, 7));
  });

  test("nothing that is not named like a run", () => {
    const names = ["before-the-move", "20260101T000000Z-abcd.partial", "20260101T000000Z-abcd.old", "..", "x"];
    expect(beyondKeep([...names, ...days(2)], 1, "20260102T000000Z-abcd")).toEqual([]);
  });
});

test("what runs that died left half-made is known by its name", () => {
  const names = ["20260101T000000Z-abcd.partial", "20260101T000000Z-abcd", "mine.partial", ".partial"];
  expect(unfinished(names)).toEqual(["20260101T000000Z-abcd.partial"]);
});
