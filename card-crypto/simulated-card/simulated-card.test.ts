import { describe, expect, it } from 'vitest'
import fc from 'fast-check'
import { fromHex, hex } from '../bytes.ts'
import type { SymmetricAlgorithm } from '../diversify.ts'
import { computeMac, loadMac1Data, loadMac2Data } from '../mac.ts'
import { loadSeed, sessionKey } from '../session-key.ts'
import { computeTac, loadTacData, purchaseTacData } from '../tac.ts'
import chain from '../vectors/purse-chain.json' with { type: 'json' }
import examples from '../vectors/purse-examples.json' with { type: 'json' }
import { ask, command, NoAnswer, SW } from './apdu.ts'
import { cardKeySet, type PurseRoots } from './card-keys.ts'
import {
  compoundRecord,
  issuerFactor,
  PURSE_AID,
  readCompoundRecord,
  tripRecord,
  type CardIdentity
} from './card-files.ts'
import { askAboutLoad, beginLoad, creditLoad } from './load-terminal.ts'
import { secureMac } from './secure-message.ts'
import { SimulatedCard, type CardPersonalisation } from './simulated-card.ts'
import { SimulatedPsam } from './simulated-psam.ts'
import { readCard, readLog, Terminal, type Purchase } from './terminal.ts'

const { inputs } = chain
const identity: CardIdentity = {
  issuer: '02205810',
  number: '3104870300000000017',
  validFrom: '20240101',
  validTo: '20391231',
  city: '5810',
  holderKind: 1,
  interoperable: true
}
const maintenance = fromHex('53414D504C45204D41494E54454E414E')
const roots = (algorithm: SymmetricAlgorithm, version = 1): PurseRoots => ({
  version,
  algorithm,
  purchase: fromHex(inputs.purchaseRoot),
  load: fromHex(inputs.loadRoot),
  tac: fromHex(inputs.tacRoot),
  maintenance
})
const algorithmIds = { '3des': 0, sm4: 4 } as const
const terminalNumber = fromHex(inputs.terminal)
const dateTime = fromHex(inputs.dateTime)
const both = ['3des', 'sm4'] as const

function newCard(algorithm: SymmetricAlgorithm, more: Partial<CardPersonalisation> & { random?: string } = {}) {
  const ofCard = { issuer: identity.issuer, number: identity.number, algorithmId: algorithmIds[algorithm] }
  const keys = [cardKeySet(roots(algorithm), { ...ofCard, index: 1 })]
  const { random = inputs.random, ...personalisation } = more
  return new SimulatedCard({ identity, keys, ...personalisation }, () => fromHex(random))
}

function newTerminal(number = terminalNumber, sequence = inputs.terminalSequence - 1): Terminal {
  const psamRoots = both.flatMap((algorithm) =>
    (['purchase', 'tac'] as const).map((purpose) => ({
      purpose,
      version: 1,
      algorithm,
      algorithmIds: algorithm === 'sm4' ? [4] : [0, 1],
      key: roots(algorithm)[purpose]
    }))
  )
  return new Terminal(new SimulatedPsam({ number, keyIndex: 1, roots: psamRoots, sequence }))
}

const ride = (amount: number, more: Partial<Purchase> = {}): Purchase => ({
  amount,
  compound: false,
  dateTime,
  keyIndex: 1,
  ...more
})

/** What the load host does, with the sample's load key. */
function host(card: SimulatedCard, algorithm: SymmetricAlgorithm, amount: number) {
  const request = beginLoad(card, { amount, terminal: terminalNumber, keyIndex: 1 })
  const { load, tac } = cardKeySet(roots(algorithm), {
    issuer: identity.issuer,
    number: identity.number,
    index: 1,
    algorithmId: 0
  })
  const session = sessionKey(algorithm, load, loadSeed(request.random, request.counter))
  const terms = { amount, type: 2, terminal: terminalNumber, dateTime }
  return {
    request,
    mac1: computeMac(algorithm, session, loadMac1Data(request.balanceBefore, terms)),
    mac2: computeMac(algorithm, session, loadMac2Data(terms)),
    tac: computeTac(
      algorithm,
      tac,
      loadTacData({ ...terms, balanceAfter: request.balanceBefore + amount, onlineCounter: request.counter })
    )
  }
}

describe.each(both)('a %s card at the APDU level', (algorithm) => {
  const expected = chain[algorithm]

  it('pays a purchase of vector set A: the MACs and the TAC are those of the chain', () => {
    const card = newCard(algorithm, { balance: inputs.balanceBefore, offlineCounter: inputs.offlineCounter })
    const seen: string[] = []
    const listening = {
      transmit: (bytes: Uint8Array) => {
        const reply = card.transmit(bytes)
        seen.push(`${hex(bytes)} ${hex(reply)}`)
        return reply
      }
    }
    const tap = newTerminal().tap(listening, ride(inputs.amount))
    expect(tap.outcome).toBe('paid')
    expect(seen.slice(-2)).toEqual([
      `805001020B01000000C8${inputs.terminal}0F 00001388000500000001${algorithm === 'sm4' ? '04' : '00'}${inputs.random}9000`,
      `805401000F00000123${inputs.dateTime}${expected.mac1Block06.slice(0, 8)}08 ${expected.tacBlock06.slice(0, 8)}${expected.mac2Block.slice(0, 8)}9000`
    ])
    expect(card.balance).toBe(inputs.balanceBefore - inputs.amount)
  })

  it('pays a compound purchase with its trip and state in one step, and of nothing at an entry', () => {
    const card = newCard(algorithm, { balance: 5000, offlineCounter: inputs.offlineCounter })
    const trip = (balanceAfter: number) =>
      tripRecord({
        type: 3,
        terminal: terminalNumber,
        trade: 1,
        line: 0x0800,
        station: 0x1900,
        amount: 0,
        balanceAfter,
        dateTime,
        city: '5810',
        acquirer: '12205810'
      })
    const state = compoundRecord({
      inside: true,
      acquirer: issuerFactor('12205810'),
      terminal: terminalNumber,
      dateTime
    })
    const tap = newTerminal().tap(card, ride(0, { compound: true, trip, state }))
    expect(tap).toMatchObject({ outcome: 'paid', record: { type: 9, balanceAfter: 5000, counter: 5 } })
    readCard(card)
    expect(hex(ask(card, command(0x00b201f4, undefined, 48)).data)).toBe(hex(trip(5000)))
    const stored = readCompoundRecord(ask(card, command(0x00b201d4, undefined, 128)).data)
    expect(stored).toMatchObject({ inside: true })
    expect(readLog(card)).toMatchObject([{ counter: 5, amount: 0, type: 9 }])
    const paid = newTerminal().tap(
      newCard(algorithm, { balance: 5000, offlineCounter: 5 }),
      ride(200, { compound: true })
    )
    expect(paid.outcome === 'paid' && hex(paid.record.tac)).toBe(expected.tacBlock09.slice(0, 8))
  })

  it('is loaded with the MACs and the TAC of the chain', () => {
    const card = newCard(algorithm, {
      balance: inputs.balanceBefore,
      onlineCounter: inputs.onlineCounter,
      random: inputs.loadRandom
    })
    const { request, mac2, tac } = host(card, algorithm, inputs.loadAmount)
    expect(hex(request.mac1)).toBe(expected.loadMac1Block.slice(0, 8))
    expect(hex(mac2)).toBe(expected.loadMac2Block.slice(0, 8))
    expect(hex(creditLoad(card, { dateTime, mac2 }))).toBe(expected.loadTacBlock.slice(0, 8))
    expect(hex(tac)).toBe(expected.loadTacBlock.slice(0, 8))
    expect(card.balance).toBe(inputs.balanceAfter)
    expect(askAboutLoad(card, request)).toMatchObject({ outcome: 'loaded' })
  })

  it('refuses a wrong MAC, too large an amount, a key it has not, and a debit nobody began', () => {
    const card = newCard(algorithm, { balance: 100 })
    const { request } = host(card, algorithm, 500)
    expect(() => creditLoad(card, { dateTime, mac2: request.mac1 })).toThrow('9302')
    expect(() => creditLoad(card, { dateTime, mac2: request.mac1 })).toThrow('6985')
    expect(newTerminal().tap(card, ride(101))).toEqual({ outcome: 'refused', status: SW.tooLittleMoney })
    expect(newTerminal().tap(card, ride(1, { keyIndex: 9 }))).toEqual({ outcome: 'refused', status: SW.noSuchKey })
    const debit = command(0x80540100, new Uint8Array(15))
    expect(ask(card, debit).status).toBe(SW.conditions)
    host(card, algorithm, 500)
    expect(ask(card, debit).status).toBe(SW.conditions)
    expect(card.balance).toBe(100)
  })

  it('is locked and unlocked by who holds its maintenance key, and by nobody else; locked for good it stays so', () => {
    const card = newCard(algorithm, { balance: 100 })
    const key = cardKeySet(roots(algorithm), {
      issuer: identity.issuer,
      number: identity.number,
      index: 1,
      algorithmId: 0
    }).maintenance
    const lock = (header: number, wrong = 0): number => {
      const challenge = ask(card, command(0x00840000, undefined, 4)).data
      const data = fromHex(`${header.toString(16)}04`)
      const mac = secureMac(algorithm, key, { challenge, data })
      mac[0]! ^= wrong
      return ask(card, command(header, mac)).status
    }
    readCard(card)
    expect(lock(0x841e0000, 1)).toBe(SW.wrongSecureMac)
    expect(ask(card, command(0x841e0000, new Uint8Array(4))).status).toBe(SW.conditions)
    expect(lock(0x841e0000)).toBe(SW.done)
    expect(newTerminal().tap(card, ride(1))).toEqual({ outcome: 'refused', status: SW.locked })
    expect(ask(card, command(0x80500102, new Uint8Array(11))).status).toBe(SW.conditions)
    expect(lock(0x84180000)).toBe(SW.done)
    expect(newTerminal().tap(card, ride(1)).outcome).toBe('paid')
    expect(lock(0x841e0001)).toBe(SW.done)
    expect(lock(0x84180000)).toBe(SW.lockedForGood)
  })
})

describe('a card', () => {
  it('shows its files as laid out, and answers what is malformed with a status word', () => {
    const card = newCard('sm4', { balance: 3585 })
    expect(ask(card, command(0x805c0002, undefined, 4)).status).toBe(SW.conditions)
    const selected = ask(card, command(0x00a40400, PURSE_AID))
    expect(hex(selected.data)).toContain('8408A000000632010105')
    expect(hex(ask(card, command(0x00b09500, undefined, 30)).data)).toBe(
      '02205810FFFFFFFF0101031048703000000000172024010120391231'.replace(
        '031048703000000000017',
        '03104870300000000017'
      ) + '0000'
    )
    expect(hex(ask(card, command(0x00b09700, undefined, 60)).data)).toMatch(/^0156440058100000000101|^015644005810/)
    expect(hex(ask(card, command(0x805c0002, undefined, 4)).data)).toBe('00000E01')
    const status = (bytes: string) => hex(card.transmit(fromHex(bytes))).slice(-4)
    expect(status('00')).toBe('6700')
    expect(status('0084000002AA')).toBe('6700')
    expect(status('00B09900')).toBe('6A82')
    expect(status('00B201C417')).toBe('6A83')
    expect(status('00B2012C17')).toBe('6A82')
    expect(status('805003020101')).toBe('6700')
    expect(status('8050020B')).toBe('6B00')
    expect(status('80FF0000')).toBe('6D00')
    expect(status('C0B00000')).toBe('6E00')
    expect(status('00A4040002AABB')).toBe('6A82')
  })

  it('agrees with the published purchase example of the purse', () => {
    const key = fromHex(examples.purchase.key)
    const keys = [
      {
        index: 1,
        version: 1,
        algorithm: '3des',
        algorithmId: 0,
        purchase: key,
        load: key,
        tac: fromHex(examples.tac.cardKey),
        maintenance
      } as const
    ]
    const card = new SimulatedCard({ identity, keys, balance: 0x1000, offlineCounter: 0, onlineCounter: 0 }, () =>
      fromHex('11223344')
    )
    readCard(card)
    ask(card, command(0x80500102, fromHex('0100001000001122334455')))
    const debit = ask(card, command(0x80540100, fromHex(`0000000120120229135100${examples.purchase.mac1}`)))
    expect([debit.status, hex(debit.data.subarray(4))]).toEqual([SW.done, examples.purchase.mac2])
    const load = ask(card, command(0x80500002, fromHex('0100001000001122334455')))
    expect(hex(load.data)).toMatch(new RegExp(`^0000000000000100${examples.load.random}`))
  })

  it('holds both algorithms at once during a migration: the terminal names the key, the card says its version and algorithm', () => {
    const ofCard = { issuer: identity.issuer, number: identity.number }
    const keys = [
      cardKeySet(roots('3des'), { ...ofCard, index: 1, algorithmId: 0 }),
      cardKeySet(roots('sm4'), { ...ofCard, index: 2, algorithmId: 4 })
    ]
    const card = new SimulatedCard({ identity, keys, balance: 1000 }, () => fromHex('01020304'))
    for (const [keyIndex, algorithmId, algorithm] of [
      [1, 0, '3des'],
      [2, 4, 'sm4']
    ] as const) {
      const tap = newTerminal().tap(card, ride(200, { keyIndex }))
      expect(tap).toMatchObject({ outcome: 'paid', record: { keyIndex, algorithmId } })
      if (tap.outcome !== 'paid') throw new Error('not paid')
      const { tac } = cardKeySet(roots(algorithm), { ...ofCard, index: 1, algorithmId: 0 })
      expect(hex(tap.record.tac)).toBe(hex(computeTac(algorithm, tac, purchaseTacData(tap.record))))
    }
  })

  it('with wrong keys is not taken for genuine, and a terminal with wrong keys is not obeyed', () => {
    const strange = { ...roots('3des'), purchase: fromHex('00'.repeat(16)) }
    const keys = [cardKeySet(strange, { issuer: identity.issuer, number: identity.number, index: 1, algorithmId: 0 })]
    const card = new SimulatedCard({ identity, keys, balance: 1000 }, () => fromHex('01020304'))
    expect(newTerminal().tap(card, ride(200))).toEqual({ outcome: 'refused', status: SW.wrongMac })
    expect(card.balance).toBe(1000)
  })
})

describe('a torn card', () => {
  it.each(both)(
    '(%s) has paid whole or not at all, wherever the power went, and says which when it is back',
    (algorithm) => {
      const outcomes = new Set<string>()
      for (let steps = 0; ; steps++) {
        const card = newCard(algorithm, { balance: 1000 })
        const terminal = newTerminal()
        card.tearAfter(steps)
        const tap = terminal.tap(card, ride(200))
        if (tap.outcome === 'paid') break
        // The recovery is torn too, until it has power enough.
        for (let more = 0; ; more++) {
          card.tearAfter(more)
          try {
            card.reset()
          } catch (error) {
            expect(error).toBeInstanceOf(NoAnswer)
            continue
          }
          card.tearAfter(Infinity)
          break
        }
        const resolved = tap.outcome === 'pending' ? terminal.resolve(card) : { outcome: 'not-paid' as const }
        outcomes.add(`${tap.outcome} ${resolved.outcome}`)
        expect(['paid', 'not-paid']).toContain(resolved.outcome)
        expect(card.balance).toBe(resolved.outcome === 'paid' ? 800 : 1000)
        if (resolved.outcome === 'paid') {
          const { tac } = cardKeySet(roots(algorithm), {
            issuer: identity.issuer,
            number: identity.number,
            index: 1,
            algorithmId: 0
          })
          expect(hex(resolved.record.tac)).toBe(hex(computeTac(algorithm, tac, purchaseTacData(resolved.record))))
        }
        // A second tap, whatever came of the first, is a purchase of its own.
        expect(terminal.tap(card, ride(200)).outcome).toBe('paid')
      }
      expect([...outcomes].sort()).toEqual(['pending not-paid', 'pending paid', 'torn not-paid'])
    }
  )

  it('that is tapped again instead of being asked is not charged twice', () => {
    const card = newCard('sm4', { balance: 1000 })
    const terminal = newTerminal()
    let steps = 0
    for (let tap = ''; tap !== 'pending paid'; steps++) {
      card.reset()
      card.tearAfter(steps)
      const before = card.balance
      const outcome = terminal.tap(card, ride(200)).outcome
      card.tearAfter(Infinity)
      card.reset()
      tap = `${outcome} ${card.balance < before ? 'paid' : 'not paid'}`
    }
    const { balance } = card
    expect(terminal.tap(card, ride(200))).toMatchObject({ outcome: 'paid', record: { balanceAfter: balance } })
    expect(card.balance).toBe(balance)
  })

  it('that paid elsewhere meanwhile is found in its log, with the TAC computed anew by the PSAM', () => {
    const card = newCard('3des', { balance: 1000 })
    const here = newTerminal()
    const elsewhere = newTerminal(fromHex('999999999999'))
    for (let steps = 8; here.pending === 0 || card.balance === 1000; steps++) {
      card.reset()
      card.tearAfter(steps)
      here.tap(card, ride(200))
      card.tearAfter(Infinity)
      card.reset()
    }
    expect(elsewhere.tap(card, ride(300)).outcome).toBe('paid')
    const resolved = here.resolve(card)
    expect(resolved).toMatchObject({ outcome: 'paid', record: { amount: 200, balanceAfter: 800 } })
    const { tac } = cardKeySet(roots('3des'), {
      issuer: identity.issuer,
      number: identity.number,
      index: 1,
      algorithmId: 0
    })
    if (resolved.outcome === 'paid')
      expect(hex(resolved.record.tac)).toBe(hex(computeTac('3des', tac, purchaseTacData(resolved.record))))
  })

  it('is credited whole or not at all, and its proof says which', () => {
    for (let steps = 0; ; steps++) {
      const card = newCard('sm4', { balance: 1000 })
      const { request, mac2 } = host(card, 'sm4', 5000)
      card.tearAfter(steps)
      try {
        creditLoad(card, { dateTime, mac2 })
        break
      } catch (error) {
        expect(error).toBeInstanceOf(NoAnswer)
      }
      card.reset()
      const { outcome } = askAboutLoad(card, request)
      expect(outcome).toBe(card.balance === 6000 ? 'loaded' : 'not-loaded')
    }
  })

  it('never creates or destroys money, whatever is done with it in whatever order', () => {
    const step = fc.record({
      what: fc.constantFrom('simple', 'compound', 'load'),
      amount: fc.integer({ min: 0, max: 900 }),
      at: fc.integer({ min: 0, max: 2 }),
      tear: fc.option(fc.integer({ min: 0, max: 24 }), { nil: Infinity, freq: 2 }),
      back: fc.boolean()
    })
    fc.assert(
      fc.property(fc.constantFrom(...both), fc.array(step, { maxLength: 25 }), (algorithm, steps) => {
        const start = 3000
        const card = newCard(algorithm, { balance: start })
        const terminals = [0, 1, 2].map((n) => newTerminal(fromHex(`00000000000${n}`), n * 1000))
        const open: ReturnType<typeof host>['request'][] = []
        let [paid, loaded] = [0, 0]
        const count = (tap: { outcome: string; record?: { amount: number } }): void => {
          if (tap.outcome === 'paid') paid += tap.record!.amount
        }
        const settle = (): void => {
          card.tearAfter(Infinity)
          card.reset()
          for (const terminal of terminals) if (terminal.pending > 0) count(terminal.resolve(card))
          for (const request of open.splice(0))
            if (askAboutLoad(card, request).outcome === 'loaded') loaded += request.amount
        }
        for (const { what, amount, at, tear, back } of steps) {
          card.tearAfter(tear)
          let request: ReturnType<typeof host>['request'] | null = null
          try {
            if (what === 'load') {
              const begun = host(card, algorithm, amount + 1)
              request = begun.request
              creditLoad(card, { dateTime, mac2: begun.mac2 })
              loaded += amount + 1
              request = null
            } else {
              const done = terminals[at]!.tap(card, ride(amount, { compound: what === 'compound' }))
              count(done)
            }
          } catch (error) {
            if (!(error instanceof NoAnswer)) throw error
            if (request) open.push(request)
          }
          card.tearAfter(Infinity)
          card.reset()
          // A card that comes back to its terminals late has been elsewhere meanwhile; ten records are its memory.
          if (back || terminals.some((terminal) => terminal.pending > 0) || open.length > 0) settle()
        }
        settle()
        expect(card.balance + paid - loaded).toBe(start)
      }),
      { numRuns: 150 }
    )
  })
})
