import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    projects: [
      { test: { name: "unit", include: ["test/unit/**/*.test.ts", "test/roles/**/*.test.ts", "test/golden/**/*.test.ts"] } },
      { test: { name: "ssh", include: ["test/ssh/**/*.test.ts"], testTimeout: 20_000 } },
      {
        // Real machines: one scenario after the other, and within one, each test goes on from the last.
        test: {
          name: "lab",
          include: ["test/lab/scenarios/**/*.test.ts"],
          pool: "forks",
          maxWorkers: 1,
          fileParallelism: false,
          bail: 0,
          testTimeout: 600_000,
          hookTimeout: 900_000,
        },
      },
    ],
  },
});
