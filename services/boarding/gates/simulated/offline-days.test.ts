import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { at, createTestSale } from '../../../ticketing/test-sale.ts'
import { simulateOfflineDays } from './offline-days.ts'

const sale = await createTestSale()
const folder = await mkdtemp(join(tmpdir(), 'lingnan-gates-'))
afterAll(async () => await rm(folder, { recursive: true, force: true }))

// R12 in short; the full size is `npm run load -- offline-gates --gates 200 --scans 1000000`.
test('gates alone for three days bring every scan back once, and each conflict has its name', async () => {
  const result = await simulateOfflineDays({
    parts: sale.parts,
    send: async ({ method, url, headers, body }) => {
      const answer = await sale.call({ method, url, headers, ...(body ? { payload: body } : {}) })
      return { status: answer.status, body: answer.body }
    },
    setClock: (now) => {
      sale.time.now = now
    },
    begins: at(6),
    folder,
    gates: 3,
    scans: 400,
    hours: 72,
    codeShare: 0.3,
    say: () => undefined
  })
  expect(result.scans).toBeGreaterThanOrEqual(400)
  expect(result).toMatchObject({ lost: 0, twice: 0, usedTwice: 0 })
  expect(Object.keys(result.conflictsByKind)).toEqual(
    expect.arrayContaining([
      'boarded-changed',
      'boarded-refunded',
      'boarded-suspended',
      'boarded-voided',
      'double-use',
      'refunded-after-scan',
      'revoked-credential'
    ])
  )
  // As lists grow old a code alone is not enough.
  expect(result.refusals['document-required']).toBeGreaterThan(0)
  // Later nobody passes by them.
  expect(result.refusals['lists-stale']).toBeGreaterThan(0)
  // Seven tickets of two hundred end otherwise, each at two doors or one.
  const conflicts = Object.values(result.conflictsByKind).reduce((sum, count) => sum + count, 0)
  expect(conflicts).toBeLessThan(120)
})
