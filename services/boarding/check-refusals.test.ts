import { randomUUID } from 'node:crypto'
import { beforeAll, expect, test } from 'vitest'
import { addDays } from '../../clearing/business-day.ts'
import { transaction } from '../../clearing/database.ts'
import { Refusal } from '../../clearing/refusal.ts'
import { createTestSale, person, today } from '../ticketing/test-sale.ts'
import type { Departure } from '../timetable/timetable-schemas.ts'
import type { CheckRequest } from './boarding-schemas.ts'
import { revokeIssuerKey, rotateIssuerKey, signingKey } from './issuer-keys/rotate-issuer-key.ts'
import { checkIn, undoCheckIn } from './check-in.ts'

const { sql, keys, find, sell } = await createTestSale()
const parts = { sql, keys }
const actor = 'gate:one'
const codeOf = (error: unknown): string => (error instanceof Refusal ? error.code : `bug: ${String(error)}`)
let coaches: Departure[]
let gate: number

beforeAll(async () => {
  coaches = (await find('天河客运站', '惠州汽车总站', addDays(today, 1))).filter(({ line }) => line === 'SL001')
  const [row] = await sql<{ id: number }[]>`
    select gate.id from gate join place on place.id = gate.place
    where place.code = ${coaches[0]!.from.place} order by number limit 1`
  gate = row!.id
})

const before = ({ departsAt }: Departure, minutes: number): Date => new Date(departsAt.getTime() - minutes * 60_000)
const scan = async (about: Partial<CheckRequest>, now: Date) =>
  await checkIn(parts, { gate, nonce: randomUUID(), ...about }, actor, now)
const answerTo = async (about: Partial<CheckRequest>, now: Date) => {
  const { result, code } = await scan(about, now)
  return code ?? result
}
const change = async (to: object, { id }: Departure) =>
  await transaction(sql, async (tx) => await tx`update departure set ${tx(to)} where id = ${id}`)

test('a shuttle is boarded from its first run until its last', async () => {
  const shuttle = coaches[1]!
  await change({ kind: 'shuttle', firstDepartsAt: before(shuttle, 300) }, shuttle)
  const [early, late] = [person(), person()]
  await sell(shuttle, [early, late])
  const refused = await answerTo({ document: early.document! }, before(shuttle, 421))
  expect(refused).toBe('no-ticket-for-document')
  expect(await answerTo({ document: early.document! }, before(shuttle, 420))).toBe('OPEN')
  expect(await answerTo({ document: late.document! }, before(shuttle, 1))).toBe('OPEN')
})

test('a check is undone by whoever made it, and not once the coach has left', async () => {
  const coach = coaches[2]!
  const [one, two] = [person(), person()]
  await sell(coach, [one, two])
  const checks = [
    await scan({ document: one.document! }, before(coach, 20)),
    await scan({ document: two.document! }, before(coach, 20))
  ]
  const undo = async (id: number, by = actor) =>
    await undoCheckIn(parts, id, by, before(coach, 10)).then(() => 'undone', codeOf)
  expect(await undo(2 ** 31 - 1)).toBe('check-not-found')
  expect(await undo(checks[0]!.id, 'gate:two')).toBe('check-not-found')
  expect(await undo(checks[0]!.id)).toBe('undone')
  expect(await undo(checks[0]!.id)).toBe('undone')
  await change({ state: 'DISPATCHED' }, coach)
  expect(await undo(checks[1]!.id)).toBe('check-not-undoable')
})

test('a scan shows something, and its nonce is its own', async () => {
  const coach = coaches[3]!
  const [one, two] = [person(), person()]
  await sell(coach, [one, two])
  expect(await scan({}, before(coach, 20)).then(String, codeOf)).toBe('code-or-document-required')
  const nonce = randomUUID()
  expect(await answerTo({ document: one.document!, nonce }, before(coach, 20))).toBe('OPEN')
  expect(await scan({ document: two.document!, nonce }, before(coach, 20)).then(String, codeOf)).toBe('nonce-reused')
})

test('two issuer keys are good at once, never three; one that never was cannot be revoked', async () => {
  const now = before(coaches[0]!, 600)
  const { version } = await signingKey(parts, now)
  const rotate = async (at: Date) =>
    await rotateIssuerKey(parts, { overlapDays: 2, by: 'operator:one' }, at).then(([newest]) => newest!.version, codeOf)
  expect(await rotate(now)).toBe(version + 1)
  expect(await rotate(now)).toBe('issuer-keys-two')
  const after = new Date(now.getTime() + 2 * 86_400_000 + 1)
  expect(await rotate(after)).toBe(version + 2)
  const revoke = async (which: number) =>
    await revokeIssuerKey(parts, { version: which, by: 'operator:one' }, after).then(() => 'revoked', codeOf)
  expect(await revoke(999)).toBe('issuer-key-not-found')
  expect(await revoke(version + 2)).toBe('revoked')
  expect((await signingKey(parts, after)).version).toBe(version + 3)
})

test('where the place’s policy says so, nobody boards before the station has begun check-in', async () => {
  const coach = coaches[4]!
  const one = person()
  await sell(coach, [one])
  const now = before(coach, 20)
  await transaction(
    sql,
    async (tx) =>
      await tx`
      insert into gate_policy (place, terms, valid_from, published_by, note)
      select gate.place, terms || '{"onceBegun": true}', ${before(coach, 30)}, 'operator:one', '须开检'
      from gate, gate_policy where gate.id = ${gate} and gate_policy.place is null`
  )
  await change({ state: 'REPORTED' }, coach)
  expect(await answerTo({ document: one.document! }, now)).toBe('check-in-not-begun')
  await change({ state: 'CHECKING' }, coach)
  expect(await answerTo({ document: one.document! }, now)).toBe('OPEN')
})
