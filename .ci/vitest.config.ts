// The test run: every *.test.ts beside its subject, on a PostgreSQL and a Redis of our own (services/local/test-servers.ts).
import { defineConfig } from 'vitest/config'

export default defineConfig({
  root: new URL('..', import.meta.url).pathname,
  test: {
    include: ['**/*.test.ts'],
    exclude: ['node_modules/**', '.data/**'],
    globalSetup: ['services/local/test-servers.ts'],
    pool: 'forks',
    maxWorkers: 2,
    // Against hanging, not against slowness: a busy machine takes ten times as long as a quiet one.
    testTimeout: 240_000,
    hookTimeout: 240_000,
    // Real servers, browsers and killed processes meet chance: what fails twice is a fault. A test that needed it is marked in the report.
    retry: 1,
    expect: { poll: { timeout: 30_000 } }
  }
})
