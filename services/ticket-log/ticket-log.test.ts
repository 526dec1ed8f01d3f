import { execFile } from 'node:child_process'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { sm2PublicKeyToPem } from '../../card-crypto/sm2-keys.ts'
import { rawToDer } from '../../card-crypto/sm2-der.ts'
import { fromHex } from '../../card-crypto/bytes.ts'
import { addDays } from '../../clearing/business-day.ts'
import { transaction } from '../../clearing/database.ts'
import { keepTicketLog, ticketLogKey } from './append-events.ts'
import { checkDocument, signedBy } from './check-proof.ts'
import { checkConsistencyProof, checkTicketProof } from './proof-rules.ts'
import { headMessage } from './leaf-rules.ts'
import { proveConsistency, proveTicket } from './prove-event.ts'
import type { TicketProof } from './ticket-log-schemas.ts'
import { verifyTicketLog } from './verify-ticket-log.ts'
import { at, createTestSale, person, readable, today } from '../ticketing/test-sale.ts'

const run = promisify(execFile)
const test1 = await createTestSale()
const { sql, keys, find, sell } = test1
/** The outbox passes over nothing, so an event waits for every older transaction of the server, those of other tests included. */
const keep = async (now: Date): Promise<void> => {
  await readable(sql)
  await keepTicketLog({ sql, keys }, now)
}
const publicKey = async () => await keys.publicKey(ticketLogKey)
const verify = async () => await verifyTicketLog(sql, await publicKey())

/** As the database's superuser would: no trigger stands in the way. */
const asSuperuser = async (statement: string): Promise<void> =>
  await transaction(sql, async (tx) => {
    await tx`set local session_replication_role = replica`
    await tx.unsafe(statement)
  })

async function sellTickets(count: number, now = at(6)): Promise<string[]> {
  const [departure] = await find('天河客运站', '惠州汽车总站', addDays(today, 2))
  const order = await sell(
    departure!,
    Array.from({ length: count }, () => person()),
    undefined,
    now
  )
  return order.coupons.map(({ ticketNo }) => ticketNo!)
}

describe('the ticket log', () => {
  test('proves nothing before its first head', async () => {
    await expect(proveTicket(sql, '000')).rejects.toMatchObject({ code: 'ticket-log-empty' })
  })

  test('holds every event of a ticket, under a signed head that openssl verifies', async () => {
    const [ticket] = await sellTickets(3)
    expect((await sql`select from ticket_log_leaf`).length).toBe(0)
    await keep(at(7))
    const proof = await proveTicket(sql, ticket!)
    expect(proof.events.map(({ event, state, by }) => [event, state, by])).toEqual([['issue', 'ISSUED', 'passenger']])
    expect(proof.waiting).toBe(0)
    expect(checkTicketProof(proof, signedBy(await publicKey()))).toBe(null)

    const folder = await mkdtemp(join(tmpdir(), 'ticket-log-'))
    const at_ = (name: string): string => join(folder, name)
    await writeFile(at_('key.pem'), sm2PublicKeyToPem(await publicKey()))
    await writeFile(at_('head.txt'), headMessage(proof.head))
    await writeFile(at_('head.sig'), rawToDer(fromHex(proof.head.signature)))
    const arguments_ = ['dgst', '-sm3', '-verify', at_('key.pem'), '-signature', at_('head.sig')]
    const { stdout } = await run('openssl', [...arguments_, '-sigopt', 'distid:1234567812345678', at_('head.txt')])
    expect(stdout).toContain('Verified OK')
  })

  test('is checked offline by the command, which tells a proof from a changed one', async () => {
    const [ticket] = await sellTickets(1)
    await keep(at(8))
    const proof = await proveTicket(sql, ticket!)
    const folder = await mkdtemp(join(tmpdir(), 'ticket-log-'))
    const files = { key: join(folder, 'key.pem'), good: join(folder, 'good.json'), bad: join(folder, 'bad.json') }
    await writeFile(files.key, sm2PublicKeyToPem(await publicKey()))
    await writeFile(files.good, JSON.stringify(proof))
    const changed = { ...proof, events: proof.events.map((event) => ({ ...event, state: 'REFUNDED' })) }
    await writeFile(files.bad, JSON.stringify(changed))
    const command = new URL('ticket-log-command.ts', import.meta.url).pathname
    const { stdout } = await run(process.execPath, [command, 'check', files.good, '--key', files.key])
    expect(stdout).toMatch(/^✓ 1 events are under the head/)
    const refused = await run(process.execPath, [command, 'check', files.bad, '--key', files.key]).catch(
      (error: unknown) => error as { code: number; stdout: string }
    )
    expect(refused).toMatchObject({ code: 1, stdout: expect.stringMatching(/^✗ event issue of ticket/) as string })
  })

  test('takes no proof under another head, key or shape for a good one', async () => {
    const [ticket] = await sellTickets(1)
    await keep(at(9))
    const key = signedBy(await publicKey())
    const proof = await proveTicket(sql, ticket!)
    const [event] = proof.events
    const other = await keys.publicKey({ ...ticketLogKey, purpose: 'ledger-anchor' })
    expect(checkTicketProof(proof, signedBy(other))).toContain('not signed')
    expect(checkTicketProof({ ...proof, head: { ...proof.head, size: proof.head.size + 1 } }, key)).toContain(
      'not signed'
    )
    expect(checkTicketProof({ ...proof, events: [{ ...event!, position: 0 }] }, key)).toContain('not under this head')
    expect(checkTicketProof({ ...proof, events: [{ ...event!, path: [] }] }, key)).toContain('not under this head')
    expect(checkDocument({ ...proof, head: { ...proof.head, root: 'zz' } }, await publicKey()).holds).toBe(false)
    expect(checkDocument([], await publicKey()).text).toBe('this is not a proof of the ticket log')
  })

  test('says what waits for the next head, and signs one a day even when nothing happened', async () => {
    const [ticket] = await sellTickets(1)
    expect(await proveTicket(sql, ticket!)).toMatchObject({ events: [], waiting: 1 })
    await keep(at(10))
    expect(await proveTicket(sql, ticket!)).toMatchObject({ waiting: 0 })
    const heads = async () =>
      (await sql`select day from ticket_log_head order by id`).map((row) => row['day'] as string)
    const before = (await heads()).length
    await keep(at(10, 30))
    expect((await heads()).length).toBe(before)
    await keep(at(34))
    expect((await heads()).at(-1)).toBe(addDays(today, 1))
  })

  test('shows that today only added to yesterday', async () => {
    const [first] = await sql<{ size: number }[]>`select size from ticket_log_head order by id limit 1`
    const [last] = await sql<{ size: number }[]>`select size from ticket_log_head order by id desc limit 1`
    const proof = await proveConsistency(sql, first!.size, last!.size)
    expect(checkConsistencyProof(proof, signedBy(await publicKey()))).toBe(null)
    const swapped = { ...proof, before: proof.after, after: proof.before }
    expect(checkConsistencyProof(swapped, signedBy(await publicKey()))).toContain('does not begin with')
    await expect(proveConsistency(sql, last!.size, first!.size)).rejects.toMatchObject({
      code: 'ticket-log-head-not-found'
    })
    await expect(proveConsistency(sql, 1, 999_999)).rejects.toMatchObject({ code: 'ticket-log-head-not-found' })
  })
})

describe('over HTTP', () => {
  test('heads, consistency and the key are for everybody; a proof is for who may see the ticket', async () => {
    const [ticket] = await sellTickets(1)
    await keep(at(35))
    const heads = await test1.call({ url: '/v1/ticket-log/heads' })
    expect(heads.body.map(({ day }: { day: string }) => day)).toEqual([addDays(today, 1), today])
    const [after, before] = heads.body
    const url = `/v1/ticket-log/consistency?before=${before.size}&after=${after.size}`
    expect(checkDocument((await test1.call({ url })).body, await publicKey()).holds).toBe(true)
    expect((await test1.call({ url: '/v1/ticket-log/key' })).body).toContain('BEGIN PUBLIC KEY')
    expect((await test1.call({ url: `/v1/tickets/${ticket}/proof` })).status).toBe(401)
    const stranger = await test1.call({ url: `/v1/tickets/${ticket}/proof`, headers: await test1.as('passenger') })
    expect(stranger.body.code).toBe('ticket-not-found')
    const shown = await test1.call({ url: `/v1/tickets/${ticket}/proof`, headers: await test1.as('clerk') })
    expect(checkDocument(shown.body, await publicKey()).holds).toBe(true)
  })
})

describe('whoever edits the database behind the log', () => {
  test('is stopped by it when he is not its superuser', async () => {
    await expect(
      transaction(sql, async (tx) => await tx`delete from ticket_log_leaf where position = 0`)
    ).rejects.toThrow()
    await expect(transaction(sql, async (tx) => await tx`update ticket_log_head set size = 0`)).rejects.toThrow()
    await expect(
      transaction(sql, async (tx) => await tx`update ticket_log_tile set hashes = substring(hashes for 32)`)
    ).rejects.toThrow(/only grows/)
    await expect(sql`insert into ticket_log_tile values (9, 9, decode(repeat('00', 32), 'hex'))`).rejects.toThrow()
  })

  test('is named when he is: edited, removed, swapped, slipped in, tile forged', async () => {
    await sellTickets(4)
    await keep(at(36))
    expect(await verify()).toMatchObject({ wrong: null })
    const rows = await sql<{ position: number; event: number; ticketNo: string }[]>`
      select position, leaf.event, ticket_no from ticket_log_leaf as leaf join ticket_event on id = leaf.event order by position`
    const [one, two] = [rows[1]!, rows[2]!]

    await asSuperuser(`update ticket_event set state = 'REFUNDED' where id = ${one.event}`)
    expect((await verify()).wrong).toBe(`position 1: issue of ticket ${one.ticketNo} is not what was logged`)
    await asSuperuser(`update ticket_event set state = 'ISSUED' where id = ${one.event}`)

    await asSuperuser(`update ticket_log_leaf set event = -event where position in (1, 2)`)
    await asSuperuser(`update ticket_log_leaf set event = ${two.event} where position = 1`)
    await asSuperuser(`update ticket_log_leaf set event = ${one.event} where position = 2`)
    expect((await verify()).wrong).toBe(`position 1: issue of ticket ${two.ticketNo} is not what was logged`)
    await asSuperuser(`update ticket_log_leaf set event = -event where position in (1, 2)`)
    await asSuperuser(`update ticket_log_leaf set event = ${one.event} where position = 1`)
    await asSuperuser(`update ticket_log_leaf set event = ${two.event} where position = 2`)
    expect((await verify()).wrong).toBe(null)

    await asSuperuser(`insert into ticket_event (ticket_no, event, state, at, actor, unit)
      select ticket_no, 'void', 'VOIDED', at, actor, unit from ticket_event where id = ${rows[0]!.event}`)
    expect((await verify()).wrong).toContain('was put in behind')
    await asSuperuser(`delete from ticket_event where event = 'void'`)

    await asSuperuser(
      `update ticket_log_tile set hashes = overlay(hashes placing decode(repeat('00', 32), 'hex') from 33)`
    )
    expect((await verify()).wrong).toContain('position 1:')
    const key = signedBy(await publicKey())
    await expect(proveTicket(sql, rows[0]!.ticketNo)).resolves.toSatisfy(
      (proof: TicketProof) => checkTicketProof(proof, key) !== null
    )
  })
})

describe('whoever cuts the end off or forges a head', () => {
  test('is named too', async () => {
    await asSuperuser(`delete from ticket_log_tile`)
    await asSuperuser(`delete from ticket_log_leaf`)
    await asSuperuser(`delete from ticket_log_head`)
    await asSuperuser(`delete from outbox_cursor where reader = 'ticket-log'`)
    await keep(at(60))
    await sellTickets(1)
    await keep(at(61))
    const [head] = await sql<
      { id: number; size: number }[]
    >`select id, size from ticket_log_head order by id desc limit 1`
    await asSuperuser(
      `update ticket_log_head set signature = overlay(signature placing '\\x0000' from 1) where id = ${head!.id}`
    )
    expect((await verify()).wrong).toMatch(/over \d+ events: the signature is wrong/)
    await asSuperuser(`delete from ticket_log_leaf where position = ${head!.size - 1}`)
    expect((await verify()).wrong).toContain('are left')
  })
})
