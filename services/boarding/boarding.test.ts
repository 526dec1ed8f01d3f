import jsQR from 'jsqr'
import { create } from 'qrcode'
import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { addDays } from '../../clearing/business-day.ts'
import type { Refusal } from '../../clearing/refusal.ts'
import { refundTickets } from '../ticketing/refunds/refund-tickets.ts'
import { showOrder } from '../ticketing/show-order.ts'
import { buyer, clerk, createTestSale, person, today } from '../ticketing/test-sale.ts'
import type { Departure } from '../timetable/timetable-schemas.ts'
import { decodeBase45, encodeBase45 } from './credentials/base45.ts'
import type { CheckRequest } from './boarding-schemas.ts'
import { checkIn, undoCheckIn } from './check-in.ts'
import type { ReissueRequest } from './credentials/reissues/reissue-schemas.ts'
import { reissueTicket } from './credentials/reissues/reissue-ticket.ts'
import { showCode } from './credentials/show-code.ts'

const { sql, keys, paying, find, sell } = await createTestSale()
const parts = { sql, keys }
const actor = 'gate:one'
let coach: Departure
let other: Departure
let gate: number
let elsewhere: number

beforeAll(async () => {
  const coaches = (await find('天河客运站', '惠州汽车总站', addDays(today, 1))).filter(({ line }) => line === 'SL001')
  coach = coaches[3]!
  other = coaches[4]!
  const gates = await sql<{ id: number; code: string; number: number }[]>`
    select gate.id, place.code, number from gate join place on place.id = gate.place where number = 3`
  gate = gates.find(({ code }) => code === coach.from.place)!.id
  elsewhere = gates.find(({ code }) => code === '440100005')!.id
})

const before = (minutes: number, seconds = 0): Date =>
  new Date(coach.departsAt.getTime() - minutes * 60_000 - seconds * 1000)
const ticketOf = async (...people: Parameters<typeof sell>[1] & object) =>
  (await sell(coach, people.length ? people : [person()])).coupons.map(({ ticketNo }) => ticketNo!)
const codeOf = async (ticketNo: string, now: Date, form: 'phone' | 'slip' = 'phone') =>
  (await showCode(parts, { ticketNo, form }, buyer, now)).payload
const scan = async (about: Partial<CheckRequest>, now: Date, at = gate) =>
  await checkIn(parts, { gate: at, nonce: randomUUID(), ...about }, actor, now)
const answerTo = async (about: Partial<CheckRequest>, now: Date, at = gate) => {
  const { result, code } = await scan(about, now, at)
  return code ?? result
}

describe('a ticket', () => {
  test('opens a gate once; the second scan hears when and where', async () => {
    const [ticketNo] = await ticketOf()
    const first = await scan({ code: await codeOf(ticketNo!, before(20)) }, before(20))
    expect(first).toMatchObject({ result: 'OPEN', code: null, ticket: { ticketNo, fromName: '天河客运站' } })
    const stale = await showCode(parts, { ticketNo: ticketNo!, form: 'phone' }, buyer, before(19)).catch(
      (error) => error.code
    )
    expect(stale).toBe('ticket-without-code')
    const second = await scan({ document: (await sealed(ticketNo!))! }, before(19))
    const clock = new Date(before(20).getTime() + 8 * 3_600_000).toISOString().slice(11, 16)
    expect(second).toMatchObject({ code: 'already-checked', number: 1801, message: `已于 ${clock} 在 3 号口检票` })
  })

  test('scanned twenty times at once opens one gate', async () => {
    const [ticketNo] = await ticketOf()
    const code = await codeOf(ticketNo!, before(20))
    const answers = await Promise.all(Array.from({ length: 20 }, () => answerTo({ code }, before(20))))
    expect(answers.filter((answer) => answer === 'OPEN')).toHaveLength(1)
    expect(answers.filter((answer) => answer === 'already-checked')).toHaveLength(19)
  })

  test('scanned once but sent ten times is one scan, with one answer', async () => {
    const [ticketNo] = await ticketOf()
    const message = { code: await codeOf(ticketNo!, before(20)), nonce: randomUUID() }
    const answers = await Promise.all(Array.from({ length: 10 }, () => scan(message, before(20))))
    expect(new Set(answers.map(({ id }) => id)).size).toBe(1)
    expect(answers.every(({ result }) => result === 'OPEN')).toBe(true)
    const later = await scan(message, before(10))
    expect(later).toEqual(answers[0])
    const [second] = await ticketOf()
    const reused = scan({ ...message, code: await codeOf(second!, before(20)) }, before(20))
    await expect(reused).rejects.toThrow('流水号')
  })

  test('is refused by name at the wrong time, place and departure', async () => {
    const [ticketNo] = await ticketOf()
    const asked: [string, Partial<CheckRequest>, Date, number][] = [
      ['check-in-not-open', {}, before(120, 1), gate],
      ['check-in-closed', {}, before(0, -1), gate],
      ['wrong-place', {}, before(20), elsewhere],
      ['wrong-departure', { departure: other.id }, before(20), gate],
      ['OPEN', { departure: coach.id }, before(120), gate]
    ]
    for (const [answer, about, now, at] of asked)
      expect(await answerTo({ ...about, code: await codeOf(ticketNo!, now) }, now, at)).toBe(answer)
  })

  test('as a screenshot works for its step and the next, then no more', async () => {
    const [ticketNo] = await ticketOf()
    const shot = before(60)
    const code = await codeOf(ticketNo!, shot)
    const later = (seconds: number) => new Date(shot.getTime() + seconds * 1000)
    expect(await answerTo({ code }, later(60))).toBe('code-stale')
    expect(await answerTo({ code }, later(3600))).toBe('code-stale')
    expect(await answerTo({ code }, later(59))).toBe('OPEN')
  })

  test('with any byte changed opens nothing', async () => {
    const [ticketNo] = await ticketOf()
    const code = await codeOf(ticketNo!, before(20))
    const bytes = decodeBase45(code.slice(3))!
    for (let at = 0; at < bytes.length; at += 3) {
      const forged = `LN:${encodeBase45(bytes.with(at, bytes[at]! ^ 1))}`
      expect(await answerTo({ code: forged }, before(20)), `byte ${at}`).not.toBe('OPEN')
    }
    expect(await answerTo({ code: 'https://example.com' }, before(20))).toBe('web-address')
    expect(await answerTo({ code }, before(20))).toBe('OPEN')
  })

  test('of an issuer key we do not have is not opened', async () => {
    const [ticketNo] = await ticketOf()
    const bytes = decodeBase45((await codeOf(ticketNo!, before(20))).slice(3))!
    expect(await answerTo({ code: `LN:${encodeBase45(bytes.with(2, 9))}` }, before(20))).toBe('issuer-unknown')
  })

  test('refunded between showing and scanning is stopped; checked in, it cannot be refunded', async () => {
    const [gone] = await ticketOf()
    const code = await codeOf(gone!, before(150))
    const refund = (ticketNo: string, amount: number, now: Date) =>
      refundTickets(paying, { id: randomUUID(), request: { tickets: [ticketNo], amount } }, buyer, now)
    expect(await refund(gone!, 6030, before(150))).toMatchObject({ state: 'PAID', amount: 6030 })
    const slip = await scan({ code }, before(120))
    expect(slip.code).toBe('code-stale')
    const [used] = await ticketOf()
    await scan({ code: await codeOf(used!, before(20)) }, before(20))
    const refused = await refund(used!, 5360, before(20)).catch((error: unknown) => (error as Refusal).code)
    expect(refused).toBe('ticket-already-checked')
  })

  test('checked and refunded at the same moment is one of the two', async () => {
    const tickets = await Promise.all(Array.from({ length: 8 }, async () => (await ticketOf())[0]!))
    const outcomes = await Promise.all(
      tickets.map(async (ticketNo) => {
        const code = await codeOf(ticketNo, before(20))
        const refund = { id: randomUUID(), request: { tickets: [ticketNo], amount: 5360 } }
        const [check, paid] = await Promise.all([
          answerTo({ code }, before(20)),
          refundTickets(paying, refund, buyer, before(20)).then(
            () => 'refunded',
            (error: unknown) => (error as Refusal).code
          )
        ])
        return `${check} / ${paid}`
      })
    )
    for (const outcome of outcomes)
      expect(['OPEN / ticket-already-checked', 'ticket-refunded / refunded']).toContain(outcome)
  })
})

describe('a slip', () => {
  test('opens only together with the document it was bought with', async () => {
    const holder = person()
    const [ticketNo] = await ticketOf(holder)
    const code = await codeOf(ticketNo!, before(60), 'slip')
    expect(await answerTo({ code }, before(20))).toBe('document-required')
    expect(await answerTo({ code, documentNumber: person().document!.number }, before(20))).toBe('document-mismatch')
    expect(await answerTo({ code, documentNumber: holder.document!.number.toLowerCase() }, before(20))).toBe('OPEN')
  })
})

describe('a lost ticket', () => {
  const reissue = async (ticketNo: string, document: ReissueRequest['document'], id: string = randomUUID()) =>
    await reissueTicket(parts, { id, request: { ticketNo, document, reason: 'lost' } }, clerk, before(30))

  test('is re-issued to the document it was bought with: every code from before is refused, the new one opens', async () => {
    const holder = person()
    const [ticketNo] = await ticketOf(holder)
    const [phone, slip] = [await codeOf(ticketNo!, before(20)), await codeOf(ticketNo!, before(20), 'slip')]
    const id = randomUUID()
    const first = await reissue(ticketNo!, holder.document!, id)
    expect(first).toMatchObject({ ticketNo, edition: 1 })
    expect(await reissue(ticketNo!, holder.document!, id)).toMatchObject({ edition: 1 })
    const revoked = await scan({ code: phone }, before(20))
    expect(revoked).toMatchObject({
      code: 'credential-revoked',
      number: 1804,
      message: expect.stringMatching(/补办/) as string
    })
    const documentNumber = holder.document!.number
    expect(await answerTo({ code: slip, documentNumber }, before(20))).toBe('credential-revoked')
    const fresh = await codeOf(ticketNo!, before(20), 'slip')
    expect(await reissue(ticketNo!, holder.document!)).toMatchObject({ edition: 2 })
    expect(await answerTo({ code: fresh, documentNumber }, before(20))).toBe('credential-revoked')
    expect(await answerTo({ code: await codeOf(ticketNo!, before(20)) }, before(20))).toBe('OPEN')
    const events = await sql`select detail from ticket_event where ticket_no = ${ticketNo!} and event = 'reissue'`
    expect(events).toEqual([{ detail: 'lost' }, { detail: 'lost' }])
  })

  test('is not re-issued to anybody else, nor once used', async () => {
    const holder = person()
    const [ticketNo] = await ticketOf(holder)
    const refusal = async (work: Promise<unknown>) =>
      await work.then(
        () => 'done',
        (error: Refusal) => error.code
      )
    expect(await refusal(reissue(ticketNo!, person().document!))).toBe('reissue-identity-mismatch')
    const id = randomUUID()
    await reissue(ticketNo!, holder.document!, id)
    const [another] = await ticketOf(holder).catch(() => [undefined])
    expect(another).toBeUndefined()
    const stranger = person()
    const [theirs] = await ticketOf(stranger)
    expect(await refusal(reissue(theirs!, stranger.document!, id))).toBe('reissue-id-reused')
    expect(await answerTo({ document: holder.document! }, before(20))).toBe('OPEN')
    expect(await refusal(reissue(ticketNo!, holder.document!))).toBe('ticket-not-reissuable')
  })
})

describe('a document alone', () => {
  test('opens the gate for its ticket, in time and at its place', async () => {
    const holder = person()
    await ticketOf(holder)
    const document = holder.document!
    expect(await answerTo({ document: person().document! }, before(20))).toBe('no-ticket-for-document')
    expect(await answerTo({ document }, before(121))).toBe('no-ticket-for-document')
    expect(await answerTo({ document }, before(20), elsewhere)).toBe('no-ticket-for-document')
    expect(await answerTo({ document, departure: other.id }, before(20))).toBe('wrong-departure')
    expect(await answerTo({ document }, before(20))).toBe('OPEN')
    expect(await answerTo({ document }, before(20))).toBe('already-checked')
  })

  test('neither code nor document is no check', async () => {
    await expect(scan({}, before(20))).rejects.toThrow('请出示')
  })
})

test('a check can be taken back by its gate, and only by it; the history keeps everything', async () => {
  const [ticketNo] = await ticketOf()
  const { id } = await scan({ code: await codeOf(ticketNo!, before(20)) }, before(20))
  await expect(undoCheckIn(parts, id, 'gate:two', before(19))).rejects.toThrow('没有这次检票')
  await undoCheckIn(parts, id, actor, before(19))
  await undoCheckIn(parts, id, actor, before(19))
  expect(await answerTo({ code: await codeOf(ticketNo!, before(18)) }, before(18))).toBe('OPEN')
  const events = await sql`select event from ticket_event where ticket_no = ${ticketNo!} order by id`
  expect(events.map((row) => row['event'])).toEqual(['issue', 'check-in', 'undo-check-in', 'check-in'])
})

test('the drawn code is read back by an independent reader', async () => {
  const [ticketNo] = await ticketOf()
  const payload = await codeOf(ticketNo!, before(20))
  const { modules } = create(payload, { errorCorrectionLevel: 'M' })
  const [scale, quiet] = [4, 16]
  const width = modules.size * scale + 2 * quiet
  const pixels = new Uint8ClampedArray(width * width * 4).fill(255)
  for (let y = 0; y < width - 2 * quiet; y++)
    for (let x = 0; x < width - 2 * quiet; x++)
      if (modules.get(Math.floor(y / scale), Math.floor(x / scale)))
        pixels.set([0, 0, 0], ((y + quiet) * width + x + quiet) * 4)
  const read = (jsQR as unknown as typeof jsQR.default)(pixels, width, width)
  expect(read?.data).toBe(payload)
})

/** The document of a ticket, from its order's passenger. */
async function sealed(ticketNo: string) {
  const [row] = await sql<{ orderId: string; position: number; identity: Uint8Array }[]>`
    select order_id, position, identity from coupon where ticket_no = ${ticketNo}`
  const { openIdentity } = await import('../identity/seal-identity.ts')
  expect((await showOrder(parts, row!.orderId, buyer)).id).toBe(row!.orderId)
  return (await openIdentity(keys, row!.identity, `${row!.orderId}:${row!.position}`)).document
}
