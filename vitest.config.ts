import { defineConfig } from "vitest/config";

/** Real machines: one scenario after the other, and within one, each test goes on from the last. */
const onMachines = {
  pool: "forks",
  maxWorkers: 1,
  fileParallelism: false,
  bail: 0,
  testTimeout: 900_000,
  hookTimeout: 900_000,
} as const;

export default defineConfig({
  test: {
    projects: [
      // Generous limits: a busy machine is slow, not wrong.
      { test: { name: "unit", include: ["test/unit/**/*.test.ts", "test/golden/**/*.test.ts"], testTimeout: 60_000 } },
      { test: { name: "ssh", include: ["test/ssh/**/*.test.ts"], testTimeout: 60_000 } },
      { test: { ...onMachines, name: "lab", include: ["test/lab/scenarios/**/*.test.ts"] } },
      {
        test: { ...onMachines, name: "matrix", include: ["test/lab/matrix/**/*.test.ts", "test/lab/upgradeFaults/**/*.test.ts"] },
      },
    ],
  },
});
