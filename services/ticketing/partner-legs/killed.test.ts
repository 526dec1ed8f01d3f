import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { connect } from '../../../clearing/database.ts'
import { watchUncaught } from '../test-sale.ts'
import type { PartnerPort, Partners } from './partner-port.ts'
import type { Conduct } from './simulated-partner/conduct-rules.ts'
import { codeOfRefusal, createPartnerSale, legsOfOrder } from './test-partner-sale.ts'

const { sql, parts, partners, request, hold, pay, settle, judge, assertSound } = await createPartnerSale()

/** Partners whose caller dies at their nth call, before it reaches them or before its answer comes back. */
function deadlyAt(nth: number, moment: 'before' | 'after') {
  let calls = 0
  let die = (): void => undefined
  const died = new Promise<void>((resolve) => (die = resolve))
  const deadly =
    <Asked extends unknown[], Answer>(call: (...asked: Asked) => Promise<Answer>) =>
    async (...asked: Asked): Promise<Answer> => {
      if (++calls !== nth) return await call(...asked)
      if (moment === 'after') await call(...asked)
      die()
      return await new Promise<never>(() => undefined)
    }
  const ports = Object.entries(partners).map(([code, port]): [string, PartnerPort] => {
    const lock = deadly(async (booking: Parameters<PartnerPort['lock']>[0], now: Date) => await port.lock(booking, now))
    const confirm = deadly(async (key: string, now: Date) => await port.confirm(key, now))
    const cancel = deadly(async (key: string, now: Date) => await port.cancel(key, now))
    const query = deadly(async (key: string, now: Date) => await port.query(key, now))
    return [code, { ...port, lock, confirm, cancel, query }]
  })
  return { died, deadly: Object.fromEntries(ports) as Partners }
}

/** Sells as one process would, until it is done or dead; then another takes over: the buyer tries again, the worker goes its rounds. */
async function sellAndTakeOver(conduct: Conduct, through: Partners, died: Promise<void>) {
  const doomed = connect(parts.config.databaseUrl, { max: 2, name: 'fragile' })
  const id = randomUUID()
  const asked = request(conduct)
  const process = (async () => {
    await hold(asked, { id, through, on: doomed })
    await pay(id, { through, on: doomed })
  })()
  const end = await Promise.race([
    process.then(
      () => 'done',
      () => 'dead'
    ),
    died.then(() => 'dead')
  ])
  await doomed.end({ timeout: 0 })
  process.catch(() => undefined)
  const again = await hold(asked, { id }).catch(codeOfRefusal)
  if (again === id) await pay(id).catch(codeOfRefusal)
  await settle()
  const [leg] = await legsOfOrder(sql, id)
  return { end, leg: leg?.state ?? null }
}

test.each<[Conduct, number, 'before' | 'after', string | null]>([
  ['honest', 1, 'before', 'CONFIRMED'],
  ['honest', 1, 'after', 'CONFIRMED'],
  ['honest', 2, 'before', 'CONFIRMED'],
  ['honest', 2, 'after', 'CONFIRMED'],
  ['fails', 2, 'before', 'CANCELLED'],
  ['fails', 2, 'after', 'CANCELLED'],
  ['fails', 3, 'before', 'CANCELLED'],
  ['fails', 3, 'after', 'CANCELLED'],
  ['fails', 4, 'before', 'CANCELLED'],
  ['fails', 4, 'after', 'CANCELLED']
])(
  'R14, a process that sells a journey on %s dies at its call %i, %s the partner acted',
  async (conduct, nth, moment, leg) => {
    const { died, deadly } = deadlyAt(nth, moment)
    expect(await sellAndTakeOver(conduct, deadly, died)).toEqual({ end: 'dead', leg })
    expect(await judge()).toMatchObject({ halfOpen: [], imbalanceFen: 0 })
  }
)

test('R14, whichever table the database dies at: both legs or none, and the money right', async () => {
  await sql.unsafe(`
    create function kill_me() returns trigger language plpgsql as $$
    begin
      if current_setting('application_name') = 'fragile' then perform pg_terminate_backend(pg_backend_pid()); end if;
      return null;
    end $$`)
  const uncaught = watchUncaught()
  const writes: [string, string, Conduct][] = [
    ['partner_leg', 'insert', 'honest'],
    ['partner_leg', 'update', 'honest'],
    ['partner_leg_event', 'insert', 'honest'],
    ['ticket_order', 'insert', 'honest'],
    ['ticket_order', 'update', 'honest'],
    ['coupon', 'insert', 'honest'],
    ['coupon', 'update', 'honest'],
    ['charge', 'insert', 'honest'],
    ['charge', 'update', 'honest'],
    ['refund', 'insert', 'fails'],
    ['coupon', 'update', 'fails'],
    ['partner_claim', 'insert', 'another-price']
  ]
  let deaths = 0
  for (const [table, verb, conduct] of writes) {
    await sql.unsafe(`create trigger killer after ${verb} on ${table} for each statement execute function kill_me()`)
    const never = new Promise<void>(() => undefined)
    const taken = sellAndTakeOver(conduct, partners, never)
    const { end } = await taken
    await sql.unsafe(`drop trigger killer on ${table}`)
    if (end === 'dead') deaths++
    expect(await judge(), `${verb} on ${table}`).toMatchObject({ halfOpen: [], imbalanceFen: 0 })
  }
  expect(deaths).toBe(writes.length)
  expect(uncaught()).toEqual([])
  await assertSound()
})
