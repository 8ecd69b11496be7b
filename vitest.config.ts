import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    projects: [
      { test: { name: "unit", include: ["test/unit/**/*.test.ts", "test/roles/**/*.test.ts", "test/golden/**/*.test.ts"] } },
      { test: { name: "ssh", include: ["test/ssh/**/*.test.ts"], testTimeout: 20_000 } },
    ],
  },
});
