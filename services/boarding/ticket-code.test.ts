import fc from 'fast-check'
import { create } from 'qrcode'
import { describe, expect, test } from 'vitest'
import { decodeBase45, encodeBase45 } from './base45.ts'
import {
  encodeClaims,
  encodeTicketCode,
  fareKindCodes,
  parseTicketCode,
  staticLength,
  type TicketClaims
} from './ticket-code.ts'

const claims: TicketClaims = {
  issuerKey: 1,
  ticketNo: '44010003207B00004217',
  departure: 123_456,
  leg: 1,
  from: '440100003',
  to: '440800P01',
  departsAt: new Date('2026-12-02T06:20:00Z'),
  seat: 12,
  fareKind: 'full',
  slip: false,
  edition: 0,
  documentKind: 1,
  documentHash: Uint8Array.of(1, 2, 3, 4, 5, 6),
  notBefore: new Date('2026-12-02T04:20:00Z'),
  notAfter: new Date('2026-12-02T06:20:00Z')
}
const signed = (about: TicketClaims, byte = 7): Uint8Array => {
  const bytes = new Uint8Array(staticLength).fill(byte)
  bytes.set(encodeClaims(about))
  return bytes
}

describe('base45', () => {
  test.each([
    ['AB', 'BB8'],
    ['Hello!!', '%69 VD92EX0'],
    ['base-45', 'UJCLQE7W581'],
    ['ietf!', 'QED8WEX0']
  ])('RFC 9285: %s → %s', (plain, coded) => {
    expect(encodeBase45(new TextEncoder().encode(plain))).toBe(coded)
    expect(new TextDecoder().decode(decodeBase45(coded)!)).toBe(plain)
  })
  test.each(['GGW', 'A', ':::', 'ab0', '::', 'BB8Z'])('%s is not base45', (text) => {
    expect(decodeBase45(text)).toBeNull()
  })
  test('reading gives back what was written', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(decodeBase45(encodeBase45(bytes))).toEqual(bytes)
      })
    )
  })
})

describe('a ticket code', () => {
  test('gives back what was put in', () => {
    const digits = (length: number) => fc.stringMatching(new RegExp(`^[0-9]{${length}}$`))
    const second = fc.integer({ min: 0, max: 2 ** 32 - 1 }).map((seconds) => new Date(seconds * 1000))
    const place = fc.oneof(
      digits(9),
      fc.tuple(digits(6), digits(2)).map(([area, port]) => `${area}P${port}`)
    )
    const any = fc.record({
      issuerKey: fc.integer({ min: 0, max: 65_535 }),
      ticketNo: fc.tuple(digits(11), fc.stringMatching(/^[A-Z]$/), digits(8)).map((parts) => parts.join('')),
      departure: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
      leg: fc.integer({ min: 0, max: 255 }),
      from: place,
      to: place,
      departsAt: fc.integer({ min: 0, max: 2 ** 32 - 1 }).map((minutes) => new Date(minutes * 60_000)),
      seat: fc.integer({ min: 0, max: 65_535 }),
      fareKind: fc.constantFrom(...fareKindCodes),
      slip: fc.boolean(),
      edition: fc.integer({ min: 0, max: 127 }),
      documentKind: fc.integer({ min: 0, max: 99 }),
      documentHash: fc.uint8Array({ minLength: 6, maxLength: 6 }),
      notBefore: second,
      notAfter: second
    })
    fc.assert(
      fc.property(any, digits(8), (about, moment) => {
        const timeCode = about.slip ? null : moment
        const parsed = parseTicketCode(encodeTicketCode(signed(about), timeCode))
        expect(parsed?.claims).toEqual(about)
        expect(parsed?.timeCode).toBe(timeCode)
        expect(parsed?.signature).toEqual(new Uint8Array(64).fill(7))
        expect(parsed?.signed).toEqual(encodeClaims(about))
      })
    )
  })

  test('is at most 180 bytes and fits QR version 7 at level M', () => {
    const text = encodeTicketCode(signed(claims, 0xff), '99999999')
    expect(staticLength).toBe(112)
    expect(text).toHaveLength(177)
    expect(create(text, { errorCorrectionLevel: 'M' }).version).toBe(7)
    expect(
      create(encodeTicketCode(signed({ ...claims, slip: true }), null), { errorCorrectionLevel: 'M' }).version
    ).toBe(7)
  })

  test('never carries a document number or a name', () => {
    const text = encodeTicketCode(signed(claims), '00000001')
    expect(new TextDecoder('latin1').decode(decodeBase45(text.slice(3))!)).not.toMatch(/\d{6}/)
  })

  test('that is anything else is not read', () => {
    const text = encodeTicketCode(signed(claims), '12345678')
    const wrong = {
      empty: '',
      'a web address': 'https://example.com/ticket',
      'another scheme': text.replace('LN:', 'XX:'),
      truncated: text.slice(0, -3),
      longer: `${text}000`,
      'a phone code without its moment': encodeTicketCode(signed(claims), null),
      'a slip with a moment': encodeTicketCode(signed({ ...claims, slip: true }), '12345678'),
      'another version': 'LN:' + encodeBase45(signed(claims).with(0, 2))
    }
    for (const [what, given] of Object.entries(wrong)) expect(parseTicketCode(given), what).toBeNull()
    fc.assert(fc.property(fc.string(), (noise) => void parseTicketCode(`LN:${noise}`)))
  })
})
