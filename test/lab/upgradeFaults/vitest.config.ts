import { defineConfig } from "vitest/config";

/** `npm run lab:faults`: an hour and more on real machines, so none of it is in the ordinary tests. */
export default defineConfig({
  test: {
    name: "faults",
    include: ["test/lab/upgradeFaults/**/*.test.ts"],
    pool: "forks",
    maxWorkers: 1,
    fileParallelism: false,
    testTimeout: 900_000,
    hookTimeout: 900_000,
  },
});
