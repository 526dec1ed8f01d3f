// How fast a code is verified: the whole ladder, parsing to used, against bare SM2 verification by OpenSSL in the same run; and the same
// source in headless Chromium with our own curve. `npm run bench -- verifier [--seconds 6] [--codes 2000] [--browserCodes 400]`
import { randomFillSync } from 'node:crypto'
import { createServer } from 'node:http'
import { stripTypeScriptTypes } from 'node:module'
import { readFileSync } from 'node:fs'
import { join, normalize } from 'node:path'
import { parseArgs } from 'node:util'
import chromiumPackage from '@sparticuz/chromium'
import { chromium } from 'playwright-core'
import { concat } from '../../card-crypto/bytes.ts'
import { sm2Sign, sm2Verify } from '../../card-crypto/sm2.ts'
import { sm2GenerateKeyPair } from '../../card-crypto/sm2-keys.ts'
import { hmacSm3 } from '../../card-crypto/sm3.ts'
import { decodeBase45 } from './credentials/base45.ts'
import { documentTagOf, timeCodeAt } from './credentials/moment.ts'
import { encodeClaims, encodeTicketCode, type TicketClaims } from './credentials/ticket-code.ts'
import {
  boardingDoor,
  readCode,
  verifyCode,
  type CodeFacts,
  type GateCrypto,
  type GateView
} from './verify-ticket-rules.ts'

const { values: flags } = parseArgs({
  options: {
    seconds: { type: 'string', default: '6' },
    codes: { type: 'string', default: '2000' },
    browserCodes: { type: 'string', default: '400' }
  }
})
const now = new Date('2026-12-02T06:00:00Z')
const issuer = sm2GenerateKeyPair()
const departureKey = randomFillSync(new Uint8Array(32))
const [opens, closes] = [new Date('2026-12-02T04:20:00Z'), new Date('2026-12-02T06:20:00Z')]

interface Shown {
  text: string
  facts: CodeFacts
  signed: Uint8Array
  signature: Uint8Array
}

/** One in four with its document, so that this rung is climbed too. */
function makeCode(serial: number): Shown {
  const ticketNo = `44010003207B${String(serial).padStart(8, '0')}`
  const tag = documentTagOf(hmacSm3, departureKey, `01|44010019900307${serial % 10_000}`)
  const window = { departsAt: closes, notBefore: opens, notAfter: closes }
  const claims: TicketClaims = {
    issuerKey: 1,
    form: 'phone',
    edition: 0,
    ticketNo,
    departure: 7,
    leg: 1,
    journey: null,
    from: '440100003',
    to: '441300001',
    ...window,
    seat: serial % 45,
    fareKind: 'full',
    documentKind: 1,
    documentTag: tag,
    deviceKey: null
  }
  const signed = encodeClaims(claims)
  const signature = sm2Sign(issuer.privateKey, signed)
  const moment = timeCodeAt({ hmac: hmacSm3, departureKey }, claims, now, (serial % 3) - 1)
  const facts: CodeFacts = {
    issuer: { version: 1, publicKey: issuer.publicKey, acceptedUntil: null, revokedAt: null },
    record: {
      ...window,
      ticketNo,
      departure: 7,
      line: 1,
      from: claims.from,
      state: 'ISSUED',
      departureState: 'CHECKING',
      fareKind: 'full',
      edition: 0,
      documentTag: tag,
      checked: null
    },
    departureKey,
    shownTag: serial % 4 === 0 ? tag : null
  }
  return { text: encodeTicketCode(concat(signed, signature), moment), facts, signed, signature }
}

const view: GateView = {
  now,
  place: '440100003',
  door: boardingDoor,
  boarding: { departure: 7, line: 1, departsAt: closes },
  policy: {
    mixedEarlierMinutes: 0,
    mixedLaterMinutes: 0,
    documentAlways: false,
    listsAskDocumentMinutes: 240,
    listsRefuseMinutes: 4320,
    clockOffSecondsMax: 180
  },
  offline: { listsAsOf: opens, clockOffSeconds: 0 }
}
const crypto: GateCrypto = { sm2Verify, hmacSm3 }

function mustOpen({ text, facts }: Shown): void {
  const read = readCode(text)
  const verdict = read.code && verifyCode(read.code, facts, view, crypto)
  if (!verdict?.opens) throw new Error(`${text}: ${verdict?.refused.code ?? read.refused?.code}`)
}

/** In turns of 50 ms, so that what else the machine does falls on both alike. */
function race(codes: readonly Shown[], seconds: number) {
  const bare = ({ signed, signature }: Shown) => sm2Verify(issuer.publicKey, signed, signature)
  const [whole, alone, times] = [[0, 0], [0, 0], [] as number[]] as [number[], number[], number[]]
  for (const code of codes.slice(0, 200)) {
    mustOpen(code)
    bare(code)
  }
  for (let next = 0, until = performance.now() + seconds * 1000; performance.now() < until;) {
    for (const [tally, work] of [
      [whole, mustOpen],
      [alone, bare]
    ] as const) {
      const began = performance.now()
      for (let at = began; at - began < 50; tally[0]! += 1) {
        work(codes[next++ % codes.length]!)
        const done = performance.now()
        if (work === mustOpen) times.push(done - at)
        at = done
      }
      tally[1]! += performance.now() - began
    }
  }
  const perSecond = (whole[0]! * 1000) / whole[1]!
  const barePerSecond = (alone[0]! * 1000) / alone[1]!
  return { perSecond, barePerSecond, p99Ms: percentile(times, 0.99) }
}

function percentile(times: number[], share: number): number {
  return times.sort((a, b) => a - b)[Math.min(times.length - 1, Math.floor(times.length * share))]!
}

// ---- The browser ----

const root = join(import.meta.dirname, '../..')

/** The sources with their types stripped, as pages-routes.ts serves them. */
async function measureInBrowser(codes: readonly Shown[]): Promise<{ browserP95Ms: number; browserPerSecond: number }> {
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url!, 'http://localhost').pathname)
    const isSource = /^\/(services\/boarding|card-crypto)\/[\w/-]+\.ts$/.test(path)
    response.setHeader('content-type', isSource ? 'text/javascript' : 'text/html')
    response.end(isSource ? stripTypeScriptTypes(readFileSync(join(root, path), 'utf8')) : '<!doctype html>')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  const browser = await chromium.launch({
    executablePath: await chromiumPackage.executablePath(),
    args: ['--no-sandbox']
  })
  try {
    const page = await browser.newPage()
    await page.goto(`http://127.0.0.1:${port}/`)
    // The page measures itself; bytes travel as hexadecimal, instants as texts.
    const sent = JSON.stringify(
      { view, codes: codes.map(({ text, facts }) => ({ text, facts })) },
      (_, value: unknown) => (value instanceof Uint8Array ? { hex: value.toHex() } : value)
    )
    const times = JSON.parse(await page.evaluate<string>(`(${inPage})(${JSON.stringify(sent)})`)) as number[]
    return {
      browserP95Ms: percentile(times, 0.95),
      browserPerSecond: (times.length * 1000) / times.reduce((sum, time) => sum + time, 0)
    }
  } finally {
    await browser.close()
    server.close()
  }
}

/** Runs in the browser. The first code, which makes the table of the issuer's key, counts like every other. */
const inPage = `async (sent) => {
  const revive = (_, value) => value?.hex !== undefined ? Uint8Array.fromHex(value.hex)
    : typeof value === 'string' && /^\\d{4}-\\d\\d-\\d\\dT/.test(value) ? new Date(value) : value
  const { view, codes } = JSON.parse(sent, revive)
  const { readCode, verifyCode } = await import('/services/boarding/verify-ticket-rules.ts')
  const { plainSm2Verify } = await import('/card-crypto/sm2-plain.ts')
  const { plainHmacSm3 } = await import('/card-crypto/sm3-plain.ts')
  const crypto = { sm2Verify: plainSm2Verify, hmacSm3: plainHmacSm3 }
  const times = []
  for (const { text, facts } of codes) {
    const began = performance.now()
    const verdict = verifyCode(readCode(text).code, facts, view, crypto)
    times.push(performance.now() - began)
    if (!verdict.opens) throw new Error(verdict.refused.code)
  }
  return JSON.stringify(times)
}`

console.log(`signing ${flags.codes} codes`)
const codes = Array.from({ length: Number(flags.codes) }, (_, serial) => makeCode(serial))
console.log(`verifying for ${flags.seconds} s, in turns with bare SM2`)
const { perSecond, barePerSecond, p99Ms } = race(codes, Number(flags.seconds))
console.log(`verifying ${flags.browserCodes} codes in headless Chromium`)
const { browserP95Ms, browserPerSecond } = await measureInBrowser(codes.slice(0, Number(flags.browserCodes)))
const rounded = (value: number) => Number(value.toFixed(3))
console.log(
  JSON.stringify({
    bench: 'verifier',
    perSecond: Math.round(perSecond),
    bareSm2PerSecond: Math.round(barePerSecond),
    ratioToBareSm2: rounded(perSecond / barePerSecond),
    p99Ms: rounded(p99Ms),
    browserP95Ms: rounded(browserP95Ms),
    browserPerSecond: Math.round(browserPerSecond),
    payloadBytes: decodeBase45(codes[0]!.text.slice(3))!.length,
    node: process.version
  })
)
