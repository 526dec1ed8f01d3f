import fc from 'fast-check'
import { create } from 'qrcode'
import { describe, expect, test } from 'vitest'
import { decodeBase45, encodeBase45 } from './base45.ts'
import {
  credentialForms,
  deviceMessage,
  encodeClaims,
  encodeDeviceMoment,
  encodeTicketCode,
  fareKindCodes,
  parseTicketCode,
  signatureLength,
  type TicketClaims,
  type TicketCode
} from './ticket-code.ts'

const claims: TicketClaims = {
  issuerKey: 1,
  form: 'phone',
  edition: 0,
  ticketNo: '44010003207B00004217',
  departure: 123_456,
  leg: 1,
  journey: null,
  from: '440100003',
  to: '440800P01',
  departsAt: new Date('2026-12-02T06:20:00Z'),
  notBefore: new Date('2026-12-02T04:20:00Z'),
  notAfter: new Date('2026-12-02T06:20:00Z'),
  seat: 12,
  fareKind: 'full',
  documentKind: 1,
  documentTag: Uint8Array.of(1, 2, 3, 4, 5, 6),
  deviceKey: null
}
const signed = (about: TicketClaims, byte = 7): Uint8Array => {
  const bytes = encodeClaims(about)
  const whole = new Uint8Array(bytes.length + signatureLength).fill(byte)
  whole.set(bytes)
  return whole
}
const now = new Date('2026-12-02T06:00:00Z')
const momentOf = ({ form }: Pick<TicketClaims, 'form'>) =>
  form === 'slip'
    ? new Uint8Array()
    : form === 'phone'
      ? Uint8Array.of(9, 8, 7, 6)
      : encodeDeviceMoment(now, new Uint8Array(64).fill(5))
const textOf = (about: TicketClaims, byte?: number): string => encodeTicketCode(signed(about, byte), momentOf(about))
const read = (text: string): TicketCode => {
  const code = parseTicketCode(text)
  if (typeof code === 'string') throw new Error(code)
  return code
}
const device: TicketClaims = { ...claims, form: 'device', deviceKey: new Uint8Array(33).fill(2) }
const slip: TicketClaims = { ...claims, form: 'slip' }
const journey = { number: 'J261202000000001', passenger: 1 }

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
  test.each(['GGW', 'A', ':::', 'ab0', '::', 'BB8Z', 'BB8好', '\u0000\u0000\u0000'])('%s is not base45', (text) => {
    expect(decodeBase45(text)).toBeNull()
  })
  test('reading gives back what was written, and what can be read is written the same', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(decodeBase45(encodeBase45(bytes))).toEqual(bytes)
      })
    )
    const characters = fc.constantFrom(...Array.from('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:'))
    fc.assert(
      fc.property(fc.string({ unit: characters }), (text) => {
        const bytes = decodeBase45(text)
        if (bytes) expect(encodeBase45(bytes)).toBe(text)
      })
    )
  })
})

const digits = (length: number) => fc.stringMatching(new RegExp(`^[0-9]{${length}}$`))
const place = fc.oneof(
  digits(9),
  fc.tuple(digits(6), digits(2)).map(([area, port]) => `${area}P${port}`)
)
const anyClaims: fc.Arbitrary<TicketClaims> = fc
  .record({
    issuerKey: fc.integer({ min: 0, max: 65_535 }),
    form: fc.constantFrom(...credentialForms),
    edition: fc.integer({ min: 0, max: 127 }),
    ticketNo: fc.tuple(digits(11), fc.stringMatching(/^[A-Z]$/), digits(8)).map((parts) => parts.join('')),
    departure: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    leg: fc.integer({ min: 0, max: 15 }),
    journey: fc.option(
      fc.record({ number: digits(15).map((serial) => `J${serial}`), passenger: fc.integer({ min: 0, max: 255 }) })
    ),
    from: place,
    to: place,
    minute: fc.integer({ min: 40_000, max: 2 ** 32 - 1 }),
    opens: fc.integer({ min: -32_768, max: 32_767 }),
    closes: fc.integer({ min: -32_768, max: 32_767 }),
    seat: fc.integer({ min: 0, max: 65_535 }),
    fareKind: fc.constantFrom(...fareKindCodes),
    documentKind: fc.integer({ min: 0, max: 99 }),
    documentTag: fc.uint8Array({ minLength: 6, maxLength: 6 }),
    key: fc.uint8Array({ minLength: 33, maxLength: 33 })
  })
  .map(({ minute, opens, closes, key, ...rest }) => ({
    ...rest,
    departsAt: new Date(minute * 60_000),
    notBefore: new Date((minute - opens) * 60_000),
    notAfter: new Date((minute + closes) * 60_000),
    deviceKey: rest.form === 'device' ? key : null
  }))

describe('a ticket code', () => {
  test('gives back what was put in', () => {
    fc.assert(
      fc.property(anyClaims, (about) => {
        const code = read(textOf(about))
        expect(code.claims).toEqual(about)
        expect(code.signature).toEqual(new Uint8Array(64).fill(7))
        expect(code.signed).toEqual(encodeClaims(about))
        if (about.form === 'slip') expect(code.moment).toBeNull()
        if (about.form === 'phone') expect(code.moment).toEqual({ kind: 'time', code: Uint8Array.of(9, 8, 7, 6) })
        if (about.form === 'device')
          expect(code.moment).toEqual({
            kind: 'device',
            at: now,
            message: deviceMessage(signed(about), now),
            signature: new Uint8Array(64).fill(5)
          })
      })
    )
  })

  test.each<[string, TicketClaims, number, number, number]>([
    ['a slip', slip, 108, 165, 7],
    ['on a phone', claims, 112, 171, 7],
    ['on a phone, for a journey', { ...claims, journey }, 121, 185, 8],
    ['with a phone’s own key', device, 209, 317, 11],
    ['with a phone’s own key, for a journey', { ...device, journey }, 218, 330, 11]
  ])('%s: bytes, characters and QR version at level M', (...[, about, bytes, characters, version]) => {
    const text = textOf(about, 0xff)
    expect(decodeBase45(text.slice(3))).toHaveLength(bytes)
    expect(text).toHaveLength(characters)
    expect(create(text, { errorCorrectionLevel: 'M' }).version).toBe(version)
  })

  test('never carries a document number or a name', () => {
    expect(new TextDecoder('latin1').decode(decodeBase45(textOf(device).slice(3))!)).not.toMatch(/\d{6}/)
  })
})

describe('what is no ticket code is said by name', () => {
  const text = textOf(claims)
  const bytes = decodeBase45(text.slice(3))!
  const rideCode = new Uint8Array(340).fill(0x41).with(0, 0x80)
  test.each<[string, string, string]>([
    ['nothing', '', 'code-unreadable'],
    ['a web address', 'https://example.com/ticket?no=44010003207B00004217', 'web-address'],
    ['a web address without its scheme', 'WWW.example.com', 'web-address'],
    ['a ride code in hexadecimal', rideCode.toHex(), 'ride-code'],
    ['a ride code in base64', rideCode.toBase64(), 'ride-code'],
    ['a ride code as characters', String.fromCharCode(...rideCode), 'ride-code'],
    ['a wireless network', 'WIFI:S:station;T:WPA;P:secret;;', 'code-unreadable'],
    [
      'a boarding pass of an airline',
      'M1DESMARAIS/LUC       EABC123 YULFRAAC 0834 226F001A0025 106>60000',
      'code-unreadable'
    ],
    ['an identity number', '440100199003072033', 'code-unreadable'],
    [
      'binary noise',
      String.fromCharCode(...Array.from({ length: 200 }, (_, i) => (i * 197 + 3) & 255)),
      'code-unreadable'
    ],
    ['4 KB', 'LN:' + 'A'.repeat(4096), 'code-too-long'],
    ['cut by a character', text.slice(0, -1), 'code-truncated'],
    ['cut by a byte', 'LN:' + encodeBase45(bytes.subarray(0, -1)), 'code-truncated'],
    ['cut in half', text.slice(0, 90), 'code-truncated'],
    ['only its beginning', 'LN:', 'code-truncated'],
    ['longer than it says', 'LN:' + encodeBase45(new Uint8Array([...bytes, 0])), 'code-altered'],
    ['in small letters', text.toLowerCase(), 'code-altered'],
    ['with a character no code has', text.replace(/.$/, '?'), 'code-altered'],
    ['re-encoded as base64', 'LN:' + bytes.toBase64(), 'code-altered'],
    ['re-encoded as hexadecimal', 'LN:' + bytes.toHex().toLowerCase(), 'code-altered'],
    ['a version to come', 'LN:' + encodeBase45(bytes.with(0, 4)), 'code-version'],
    ['a version that was', 'LN:' + encodeBase45(bytes.with(0, 1)), 'code-version'],
    ['a form that is none', 'LN:' + encodeBase45(bytes.with(1, 6)), 'code-altered'],
    ['a slip with a moment', 'LN:' + encodeBase45(bytes.with(1, 0)), 'code-altered'],
    ['a phone’s code without its moment', encodeTicketCode(signed(claims)), 'code-truncated'],
    ['a single ticket that says it is a journey’s', 'LN:' + encodeBase45(bytes.with(1, 3)), 'code-truncated'],
    ['a ticket number that is none', 'LN:' + encodeBase45(bytes.with(13, 0x61)), 'code-altered'],
    ['a fare kind that is none', 'LN:' + encodeBase45(bytes.with(18, 0x1f)), 'code-altered']
  ])('%s → %s', (_, shown, fault) => {
    expect(parseTicketCode(shown)).toBe(fault)
  })

  test('whatever the text, reading it ends at once in a code or a fault', () => {
    const near = fc
      .tuple(anyClaims, fc.integer({ min: 0, max: 400 }), fc.string({ minLength: 0, maxLength: 3 }))
      .map(([about, at, noise]) => {
        const whole = textOf(about)
        return whole.slice(0, at % whole.length) + noise + whole.slice((at % whole.length) + noise.length)
      })
    const any = fc.oneof(fc.string({ maxLength: 5000 }), fc.string({ unit: 'binary', maxLength: 800 }), near)
    fc.assert(
      fc.property(any, (noise) => {
        for (const shown of [noise, `LN:${noise}`]) {
          const code = parseTicketCode(shown)
          // What is read is what is written: no second text stands for the same code.
          if (typeof code !== 'string') expect(shown).toBe(`LN:${encodeBase45(decodeBase45(shown.slice(3))!)}`)
        }
      }),
      { numRuns: 2000 }
    )
  })
})
