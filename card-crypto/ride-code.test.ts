import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { concat, fromHex, hex, writeUint32 } from './bytes.ts'
import {
  issueRideCertificate,
  issueRideRoot,
  readRideCertificate,
  readRideRoot,
  type RideRoot,
  type RideSign,
  type RideVersion
} from './ride-certificate.ts'
import {
  authoriseRides,
  checkRideCode,
  completeRideCode,
  readRideCode,
  rideCodeBytes,
  rideCodeDigest,
  type RideAuthorisation,
  type RideCode,
  type RideCodeReason,
  type RideTerms
} from './ride-code.ts'
import { sm2Sign } from './sm2.ts'
import { fromBytes, signDigest, sm2Curve, toBytes } from './sm2-curve.ts'
import { defaultUserId, sm2CompressKey, sm2Point, sm2PublicKey, userZ } from './sm2-keys.ts'
import { sm3 } from './sm3.ts'
import vector from './vectors/ride-code.json' with { type: 'json' }

const second = (text: string) => Date.parse(text) / 1000
const generatedAt = second('2026-01-01T00:00:00Z')
const published = fromHex(vector.code)

const root: RideRoot = {
  serviceId: '01010000',
  index: 1,
  expiry: '1235',
  publicKey: fromHex(vector.rootKey.publicKey)
}
const content = {
  serviceId: '01010000',
  rootIndex: 1,
  organisation: '02205810',
  expiry: '1230',
  serial: '000001',
  publicKey: fromHex(vector.issuerKey.publicKey)
}
const authorisation: RideAuthorisation = {
  payAccount: 'TESTPAY000000001',
  userAccount: '3104870300000000017F',
  organisation: '02205810',
  platform: '00000001',
  accountType: 1,
  singleTripLimit: 3000,
  userPublicKey: fromHex(vector.userKey.publicKey),
  authorisedUntil: second('2030-01-01T00:00:00Z'),
  validitySeconds: 600,
  custom: fromHex('0102030405060708')
}
const terms: RideTerms = {
  now: generatedAt + 60,
  roots: [root],
  accountTypes: new Set([0, 1, 2, 3, 5]),
  localOrganisations: new Set(['02205810']),
  listedIssuers: new Set(['0310487000000001']),
  precedingRide: () => null,
  minimumIntervalSeconds: 60
}

/** Signs with a published nonce, so that the signature is the published one. */
function signFixed({ d, k }: { d: string; k: string }): RideSign {
  const privateKey = fromHex(d)
  return async (message, userId) => {
    const z = userZ(sm2Point(sm2PublicKey(privateKey)), userId)
    const signature = signDigest(
      sm2Curve,
      fromBytes(privateKey),
      fromBytes(sm3(concat(z, message))),
      fromBytes(fromHex(k))
    )!
    return concat(toBytes(signature.r), toBytes(signature.s))
  }
}

const signWith =
  (d: string): RideSign =>
  async (message, userId) =>
    sm2Sign(fromHex(d), message, userId)
const [rootSign, issuerSign, userSign] = [vector.rootKey.d, vector.issuerKey.d, vector.userKey.d].map(signWith) as [
  RideSign,
  RideSign,
  RideSign
]

interface Parts {
  version: RideVersion
  content: object
  authorisation: object
  generatedAt: number
}

/** A code signed in order, with some of its parts changed before each signature. */
async function built(change: Partial<Parts> = {}): Promise<Uint8Array> {
  const version = change.version ?? 0x80
  const certificate = await issueRideCertificate({ ...content, ...change.content }, version, rootSign)
  const authorised = { version, certificate, authorisation: { ...authorisation, ...change.authorisation } }
  return completeRideCode(await authoriseRides(authorised, issuerSign), change.generatedAt ?? generatedAt, userSign)
}

/** Changes bytes of a code and signs it again with all three keys, for content that the builders refuse to write. */
async function forged(at: number, bytes: number[]): Promise<Uint8Array> {
  const code = published.slice()
  code.set(bytes, at)
  code.set(await rootSign(code.slice(9, 56), defaultUserId), 56)
  code.set(await issuerSign(code.slice(3, 206), defaultUserId), 207)
  code.set(await userSign(code.slice(0, 275), defaultUserId), 276)
  return code
}

function verdict(code: Uint8Array, change: Partial<RideTerms> = {}): RideCodeReason | 'accepted' {
  const answer = checkRideCode(code, { ...terms, ...change })
  return answer.accepted ? 'accepted' : answer.reason
}

describe('the published code', () => {
  test('is built bit for bit with its nonces', async () => {
    const sign = (key: { d: string }, signature: { k: string }) => signFixed({ d: key.d, k: signature.k })
    const certificate = await issueRideCertificate(content, 0x80, sign(vector.rootKey, vector.certificate))
    expect(hex(certificate).slice(12)).toBe(vector.certificate.signedBytes + vector.certificate.signature)
    const issue = { version: 0x80, certificate, authorisation } as const
    const authorised = await authoriseRides(issue, sign(vector.issuerKey, vector.issuerSignature))
    const code = await completeRideCode(authorised, generatedAt, sign(vector.userKey, vector.userSignature))
    expect(hex(code)).toBe(vector.code)
    expect(code.toBase64()).toBe(vector.text)
  })

  test('is read field by field', () => {
    const code = readRideCode(published) as RideCode
    expect(code).toMatchObject({ ...authorisation, version: 0x80, generatedAt })
    expect(code.certificate).toMatchObject(content)
    expect(hex(code.certificate.signature)).toBe(vector.certificate.signature)
  })

  test('is accepted from its text', () => {
    const bytes = rideCodeBytes(vector.text)!
    expect(checkRideCode(bytes, terms)).toEqual({ accepted: true, code: readRideCode(published) })
    expect(rideCodeBytes('岭南通')).toBeNull()
    expect(rideCodeBytes(vector.text.slice(1))).toBeNull()
  })
})

describe.each<[string, RideVersion]>([
  ['0x80', 0x80],
  ['0x81', 0x81]
])('a code of version %s', (_, version) => {
  test('is accepted', async () => {
    expect(verdict(await built({ version }))).toBe('accepted')
  })

  test('may have a custom field of 0 to 32 bytes', async () => {
    for (const length of [0, 1, 31, 32]) {
      const code = await built({ version, authorisation: { custom: new Uint8Array(length).fill(9) } })
      expect(code).toHaveLength(332 + length)
      expect(verdict(code)).toBe('accepted')
    }
  })

  test('does not pass for the other version, because the user ids differ', async () => {
    const code = await built({ version })
    code[0] = code[0]! ^ 1
    expect(verdict(code)).toBe('certificate-signature')
  })
})

describe('who may use it', () => {
  test('version 0x81 is for the city’s own organisations', async () => {
    const code = await built({ version: 0x81 })
    expect(verdict(code, { localOrganisations: new Set(['03104870']) })).toBe('organisation-not-local')
    const listedIssuers = new Set(['0220581000000001'])
    expect(verdict(code, { localOrganisations: new Set(), listedIssuers })).toBe('organisation-not-local')
  })

  test('version 0x80 of another city must be listed with its platform', () => {
    const localOrganisations = new Set(['03104870'])
    expect(verdict(published, { localOrganisations })).toBe('organisation-unlisted')
    expect(verdict(published, { localOrganisations, listedIssuers: new Set(['0220581000000002']) })).toBe(
      'organisation-unlisted'
    )
    expect(verdict(published, { localOrganisations, listedIssuers: new Set(['0220581000000001']) })).toBe('accepted')
  })
})

describe('the ladder', () => {
  const cases: [string, () => Promise<Uint8Array> | Uint8Array, Partial<RideTerms>, RideCodeReason | 'accepted'][] = [
    ['no bytes', () => new Uint8Array(), {}, 'length'],
    ['331 bytes', () => published.subarray(0, 331), {}, 'length'],
    ['365 bytes', () => concat(published, new Uint8Array(25)), {}, 'length'],
    ['version 7F', () => published.with(0, 0x7f), {}, 'version'],
    ['version 82', () => published.with(0, 0x82), {}, 'version'],
    ['a byte more than its length says', () => concat(published, Uint8Array.of(0)), {}, 'length-field'],
    ['another certificate head', () => published.with(3, 0x22), {}, 'certificate-head'],
    ['another certificate format', () => published.with(9, 0x11), {}, 'certificate-format'],
    ['another signature algorithm', () => published.with(19, 0x01), {}, 'certificate-format'],
    ['another key length', () => published.with(22, 0x40), {}, 'certificate-format'],
    [
      'the last second of the certificate’s month in China',
      () => built({ authorisation: { authorisedUntil: 2 ** 32 - 1 }, generatedAt: second('2030-12-31T15:59:00Z') }),
      { now: second('2030-12-31T15:59:59Z') },
      'accepted'
    ],
    ['the second after it', () => published, { now: second('2030-12-31T16:00:00Z') }, 'certificate-expired'],
    ['a certificate of month 13', () => forged(14, [0x13, 0x30]), {}, 'certificate-expired'],
    ['a root with another index', () => published, { roots: [{ ...root, index: 2 }] }, 'root-unknown'],
    ['a root that has ended', () => published, { roots: [{ ...root, expiry: '1225' }] }, 'root-expired'],
    [
      'a root with another key',
      () => published,
      { roots: [{ ...root, publicKey: sm2PublicKey(fromHex(vector.userKey.d)) }] },
      'certificate-signature'
    ],
    ['an issuer key off the curve', () => forged(24, [0xff, 0xff, 0xff, 0xff, 0xff]), {}, 'certificate-signature'],
    ['a control character in the pay account', () => forged(120, [0x1f]), {}, 'pay-account'],
    ['a pay account beyond ASCII', () => forged(135, [0x7f]), {}, 'pay-account'],
    ['an account type the city does not carry', () => built({ authorisation: { accountType: 4 } }), {}, 'account-type'],
    ['ordinary type 0, where it is allowed', () => built({ authorisation: { accountType: 0 } }), {}, 'accepted'],
    [
      'authorised until this second',
      () => built({ authorisation: { authorisedUntil: generatedAt + 60 } }),
      {},
      'accepted'
    ],
    [
      'authorised until a second ago',
      () => built({ authorisation: { authorisedUntil: generatedAt + 59 } }),
      {},
      'authorisation-expired'
    ],
    ['a custom length beyond the end', () => published.with(197, 9), {}, 'custom-length'],
    ['a custom length of 255', () => published.with(197, 255), {}, 'custom-length'],
    [
      'valid for 1200 seconds',
      () => built({ authorisation: { validitySeconds: 1200 } }),
      { now: generatedAt + 1200 },
      'accepted'
    ],
    ['valid for 1201 seconds', () => forged(195, [0x04, 0xb1]), {}, 'validity-too-long'],
    ['generated 20 seconds ahead of our clock', () => published, { now: generatedAt - 20 }, 'accepted'],
    ['generated 21 seconds ahead', () => published, { now: generatedAt - 21 }, 'generated-in-future'],
    ['the last second of its validity', () => published, { now: generatedAt + 600 }, 'accepted'],
    ['the second after', () => published, { now: generatedAt + 601 }, 'code-expired'],
    [
      'generated after its authorisation',
      () => built({ authorisation: { authorisedUntil: generatedAt - 10 } }),
      { now: generatedAt - 15 },
      'generated-after-authorisation'
    ],
    ['an issuer signature of another key', () => otherIssuer(), {}, 'issuer-signature'],
    ['an issuer signature without its head', () => published.with(206, 0x14), {}, 'issuer-signature'],
    ['a limit changed after the issuer signed', () => published.with(156, 0xff), {}, 'issuer-signature'],
    ['a user key off the curve', () => forged(159, [0xff, 0xff, 0xff, 0xff, 0xff]), {}, 'user-signature'],
    ['a user signature without its head', () => published.with(275, 0x14), {}, 'user-signature'],
    ['a time changed after the user signed', () => published.with(274, 0x01), {}, 'user-signature'],
    [
      'a certificate of another organisation',
      () => built({ content: { organisation: '03104870' } }),
      {},
      'organisation-differs'
    ]
  ]
  test.each(cases)('%s', async (_, code, change, answer) => {
    expect(verdict(await code(), change)).toBe(answer)
  })

  async function otherIssuer(): Promise<Uint8Array> {
    const certificate = await issueRideCertificate(content, 0x80, rootSign)
    const authorised = await authoriseRides({ version: 0x80, certificate, authorisation }, userSign)
    return completeRideCode(authorised, generatedAt, userSign)
  }
})

describe('rides that follow each other', () => {
  const later = async (seconds: number) => built({ generatedAt: generatedAt + seconds })
  const after = (seconds: number, codeDigest = 'another') => ({
    now: generatedAt + 100,
    precedingRide: (account: string) =>
      account === authorisation.userAccount ? { acceptedAt: generatedAt + 100 - seconds, codeDigest } : null
  })

  test('the same account within two seconds is a shaking hand', async () => {
    expect(verdict(await later(1), after(1))).toBe('account-repeated')
    expect(verdict(await later(1), after(2))).toBe('ride-too-soon')
  })

  test('the same code is taken once', () => {
    expect(verdict(published, after(90, rideCodeDigest(published)))).toBe('code-repeated')
    expect(verdict(published, after(90))).toBe('accepted')
  })

  test('the minimum interval counts from the ride before, to the second', async () => {
    expect(verdict(await later(1), after(59))).toBe('ride-too-soon')
    expect(verdict(await later(1), after(60))).toBe('accepted')
  })

  test('another account is not held up', async () => {
    const other = await built({ authorisation: { userAccount: '3104870300000000018F' } })
    expect(verdict(other, after(0))).toBe('accepted')
  })
})

test('a certificate seen before does not vouch for another key under its signature', async () => {
  expect(verdict(published)).toBe('accepted')
  const thief = fromHex(vector.userKey.d)
  const code = published.slice()
  code.set(sm2CompressKey(sm2PublicKey(thief)), 23)
  code.set(sm2Sign(thief, code.slice(3, 206)), 207)
  code.set(sm2Sign(thief, code.slice(0, 275)), 276)
  expect(verdict(code)).toBe('certificate-signature')
})

describe('hostile input', () => {
  test('every flipped bit is a reason, whether or not the certificate was seen before', () => {
    expect(verdict(published)).toBe('accepted')
    for (let bit = 0; bit < published.length * 8; bit++) {
      const flipped = published.slice()
      flipped[bit >> 3]! ^= 1 << (bit & 7)
      expect(verdict(flipped), `bit ${bit}`).not.toBe('accepted')
    }
  })

  test('every truncation is a reason, with its length field mended too', () => {
    for (let length = 0; length < published.length; length++) {
      const cut = published.slice(0, length)
      expect(verdict(cut)).not.toBe('accepted')
      if (length < 3) continue
      cut.set([(length - 3) >> 8, (length - 3) & 255], 1)
      expect(verdict(cut)).not.toBe('accepted')
      expect(['string', 'object']).toContain(typeof readRideCode(cut))
    }
  })

  test('any bytes at all end in a reason', () => {
    const anyBytes = fc.uint8Array({ maxLength: 400 })
    const nearly = fc.tuple(fc.nat(339), fc.uint8Array({ minLength: 1, maxLength: 60 })).map(([at, bytes]) => {
      const code = published.slice()
      code.set(bytes.subarray(0, code.length - at), at)
      return code
    })
    fc.assert(
      fc.property(fc.oneof(anyBytes, nearly), (bytes) => {
        fc.pre(hex(bytes) !== vector.code)
        expect(verdict(bytes)).not.toBe('accepted')
      }),
      { numRuns: 500 }
    )
  })
})

describe('building', () => {
  test.each<[string, object]>([
    ['a short pay account', { payAccount: 'SHORT' }],
    ['a pay account in Chinese', { payAccount: '支'.repeat(16) }],
    ['a user account of 19 digits', { userAccount: '3104870300000000017' }],
    ['a user account with letters', { userAccount: '310487030000000001AF' }],
    ['an organisation of 7 digits', { organisation: '2205810' }],
    ['a limit of four bytes', { singleTripLimit: 1 << 24 }],
    ['a negative limit', { singleTripLimit: -1 }],
    ['a validity beyond 1200 seconds', { validitySeconds: 1201 }],
    ['a custom field of 33 bytes', { custom: new Uint8Array(33) }],
    ['a user key off the curve', { userPublicKey: new Uint8Array(33) }]
  ])('refuses %s', async (_, change) => {
    await expect(built({ authorisation: change })).rejects.toThrow(RangeError)
  })

  test('refuses a certificate that is none, an expiry that is no month, and half a code that is none', async () => {
    const issue = { version: 0x80, certificate: new Uint8Array(117), authorisation } as const
    await expect(authoriseRides(issue, issuerSign)).rejects.toThrow(RangeError)
    await expect(built({ content: { expiry: '0030' } })).rejects.toThrow(RangeError)
    await expect(completeRideCode(new Uint8Array(271), generatedAt, userSign)).rejects.toThrow(RangeError)
  })

  test('whatever is built reads back and is accepted', async () => {
    const digits = (length: number) =>
      fc.string({ unit: fc.integer({ min: 0, max: 9 }).map(String), minLength: length, maxLength: length })
    const any = fc.record({
      payAccount: fc.string({
        unit: fc.integer({ min: 32, max: 126 }).map((c) => String.fromCharCode(c)),
        minLength: 16,
        maxLength: 16
      }),
      userAccount: digits(20),
      platform: digits(8),
      singleTripLimit: fc.nat((1 << 24) - 1),
      validitySeconds: fc.integer({ min: 60, max: 1200 }),
      custom: fc.uint8Array({ maxLength: 32 })
    })
    await fc.assert(
      fc.asyncProperty(any, fc.constantFrom<RideVersion>(0x80, 0x81), async (change, version) => {
        const code = await built({ version, authorisation: change })
        expect(readRideCode(code)).toMatchObject({ ...authorisation, ...change, version, generatedAt })
        expect(verdict(code)).toBe('accepted')
      }),
      { numRuns: 30 }
    )
  })
})

describe('root records', () => {
  let record: Uint8Array
  beforeAll(async () => {
    record = await issueRideRoot(root, rootSign)
  })

  test('are 144 bytes and read back', () => {
    expect(record).toHaveLength(144)
    expect(hex(record).slice(0, 32)).toBe('2101010000A000000632011235040040')
    expect(readRideRoot(record)).toEqual(root)
  })

  test.each<[string, (bytes: Uint8Array) => Uint8Array]>([
    ['cut', (bytes) => bytes.subarray(1)],
    ['of another head', (bytes) => bytes.with(0, 0x22)],
    ['of another RID', (bytes) => bytes.with(6, 1)],
    ['of another algorithm', (bytes) => bytes.with(13, 1)],
    ['of month 0', (bytes) => bytes.with(11, 0)],
    ['with a key off the curve', (bytes) => bytes.with(79, bytes[79]! ^ 1)]
  ])('are refused when %s', (_, change) => {
    expect(() => readRideRoot(change(record))).toThrow(SyntaxError)
  })
})

test('a certificate alone reads back', async () => {
  const certificate = await issueRideCertificate(content, 0x80, rootSign)
  expect(readRideCertificate(certificate)).toMatchObject(content)
  expect(readRideCertificate(certificate.subarray(1))).toBe('certificate-head')
  expect(readRideCertificate(concat(certificate, Uint8Array.of(0)))).toBe('certificate-head')
  writeUint32(certificate, 16, 0)
  expect(readRideCertificate(certificate)).toBe('certificate-format')
})
