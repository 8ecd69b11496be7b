import { expect, it } from "vitest";
import { editDistance, nearest } from "../../../src/model/nearest.ts";

it.each([
  ["", "", 0],
  ["abc", "", 3],
  ["kitten", "sitting", 3],
  ["adress", "address", 1],
  ["netwrok", "network", 1],
])("from %j to %j is %i edits", (a, b, expected) => {
  expect([editDistance(a, b), editDistance(b, a)]).toEqual([expected, expected]);
});

it.each([
  ["Adress", "address"],
  ["lables", "labels"],
  ["banana", null],
  ["x".repeat(10_000), null],
])("%j is meant as %j", (word, expected) => {
  expect(nearest(word, ["address", "labels", "roles"])).toBe(expected);
});
