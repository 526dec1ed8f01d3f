// What the desk sees of the national centre, and who may settle a difference.
import { expect, it } from 'vitest'
import { transaction } from '../../../clearing/database.ts'
import { fen } from '../../../clearing/money.ts'
import { insertDifferences, listDifferences } from '../../../clearing/national/difference-queries.ts'
import { seedNationalCentre } from '../../../clearing/national/seed-national-centre.ts'
import { seedParticipants } from '../../../clearing/participants/seed-participants.ts'
import { createTestApp } from '../../test-app.ts'

const { parts, as, call } = await createTestApp()
const { sql } = parts

it('is empty where there is no upper level, and has an account where there is', async () => {
  const headers = await as('operator')
  await seedParticipants(sql)
  const before = await call({ method: 'GET', url: '/v1/clearing/national', headers })
  expect(before).toMatchObject({ status: 200, body: { account: null, forwardings: [], results: [], differences: [] } })
  await seedNationalCentre(sql)
  const after = await call({ method: 'GET', url: '/v1/clearing/national', headers })
  expect(after.body.account).toEqual({
    ours: 0,
    theirs: 0,
    unanswered: '0',
    rejected: '0',
    feeDifferences: '0',
    notTaken: '0',
    unexplained: 0
  })
})

it('a difference is settled once, and a rejected line not at all: it is taken back', async () => {
  const headers = await as('operator')
  const of = { amount: fen(5), detail: '', reference: 'x' }
  await transaction(sql, async (tx) => {
    const differences = [
      { ...of, kind: 'keep-differs' as const },
      { ...of, kind: 'line-rejected' as const }
    ]
    for (let twice = 0; twice < 2; twice++) await insertDifferences(tx, differences, new Date())
  })
  const [fees, line] = await listDifferences(sql, { open: true, limit: 10 })
  const settle = async (id: number) =>
    await call({ method: 'POST', url: `/v1/clearing/national/differences/${id}/settle`, headers })
  expect((await settle(fees!.id)).status).toBe(204)
  for (const id of [fees!.id, line!.id, 999])
    expect(await settle(id)).toMatchObject({ status: 409, body: { code: 'difference-not-open' } })
  const left = await call({ method: 'GET', url: '/v1/clearing/national', headers })
  expect(left.body.differences).toMatchObject([{ kind: 'line-rejected', settledAt: null }])
})
