// The rides of a fabricated day, tapped: every card is a purse in software, every terminal has a PSAM, and what goes into the CD line
// is what the terminal recorded. A card with too little money is loaded first, MAC1 checked and MAC2 made as a load host does.
import { equalConstantTime, readUint32, writeUint32 } from '../../card-crypto/bytes.ts'
import { computeMac, loadMac1Data, loadMac2Data, LOAD_TYPE } from '../../card-crypto/mac.ts'
import { loadSeed, sessionKey } from '../../card-crypto/session-key.ts'
import {
  compoundRecord,
  issuerFactor,
  tripRecord,
  type CardIdentity
} from '../../card-crypto/simulated-card/card-files.ts'
import { issuerRoots, leafKeySet, type PurseRoots } from '../../card-crypto/simulated-card/card-keys.ts'
import { beginLoad, creditLoad } from '../../card-crypto/simulated-card/load-terminal.ts'
import type { CardKeySet } from '../../card-crypto/simulated-card/purse.ts'
import { SimulatedCard } from '../../card-crypto/simulated-card/simulated-card.ts'
import { SimulatedPsam, type PsamRoot } from '../../card-crypto/simulated-card/simulated-psam.ts'
import { Terminal, type Purchase } from '../../card-crypto/simulated-card/terminal.ts'
import { compactDay, type BusinessDay } from '../business-day.ts'
import { issuers } from '../participants/guangdong.ts'
import { rideServices, type Fleet } from './network.ts'
import type { Ride } from './ride.ts'
import { samplePurseRoots } from './sample-keys.ts'

/** 行业代码 of the services of rideServices. */
const trades = [2, 1, 6]

interface Held {
  card: SimulatedCard
  keys: CardKeySet
}

/** Answers how to tap a ride: it fills in what the terminal recorded, its TAC above all. `days` are those a ride refers to. */
export function openTaps(
  fleet: Fleet,
  days: readonly BusinessDay[],
  key: { version: number; index: number }
): (ride: Ride) => void {
  const cardIssuers = [...issuers.map(([code, bin]) => ({ code, bin })), fleet.stranger]
  const cards = new Map<number, Held>()
  const terminals = new Map<number, Terminal>()
  const roots = samplePurseRoots.map((each) => ({ ...each, version: key.version }))
  const ofIssuer = new Map<string, PurseRoots>()
  const issuerKeys = new Map<string, Uint8Array>()
  const psamRoots = roots.flatMap(psamRootsOf)
  const dates = days.map((day) => bcd(compactDay(day)))
  const random = new Uint8Array(4)

  const issue = (ride: Ride): Held => {
    const { code, bin } = cardIssuers[ride.issuer]!
    const number = `${bin}${String(ride.serial).padStart(11, '0')}`
    const root = roots.find(({ algorithm }) => algorithm === (ride.algorithm === 4 ? 'sm4' : '3des'))!
    const derived = ofIssuer.getOrInsertComputed(`${code} ${root.algorithm}`, () => issuerRoots(root, code))
    const keys = leafKeySet(derived, { number, index: key.index, algorithmId: ride.algorithm })
    const personalised = { identity: identityOf(code, number), keys: [keys] }
    const { balanceBefore: balance, cardSequence: offlineCounter } = ride
    const card = new SimulatedCard({ ...personalised, balance, offlineCounter }, () => random)
    return { card, keys }
  }
  const terminalOf = ({ terminal, terminalSequence }: Ride): Terminal =>
    terminals.getOrInsertComputed(terminal, () => {
      const number = bcd(String(fleet.terminalNumber[terminal]!).padStart(12, '0'))
      const personalised = { number, keyIndex: key.index, roots: psamRoots, sequence: terminalSequence - 1 }
      return new Terminal(new SimulatedPsam(personalised, issuerKeys))
    })

  return (ride) => {
    writeUint32(random, 0, ride.random)
    const held = cards.getOrInsertComputed(ride.serial, () => issue(ride))
    const terminal = terminalOf(ride)
    const dateTime = dateTimeOf(dates[ride.day]!, ride.second)
    held.card.reset()
    if (held.card.balance < ride.balanceBefore)
      load(held, { amount: ride.balanceBefore - held.card.balance, terminal, dateTime })
    const tap = terminal.tap(
      held.card,
      purchaseOf(ride, { terminal: terminal.number, dateTime, keyIndex: key.index, fleet })
    )
    if (tap.outcome !== 'paid') throw new Error(`a fabricated card did not pay: ${JSON.stringify(tap)}`)
    const { record } = tap
    ride.amount = record.amount
    ride.kind = record.type
    ride.cardSequence = record.counter
    ride.terminalSequence = record.terminalSequence
    ride.balanceBefore = record.balanceBefore
    ride.algorithm = record.algorithmId
    ride.random = readUint32(record.random, 0)
    ride.tac = readUint32(record.tac, 0)
  }
}

export function psamRootsOf({ version, algorithm, purchase, tac }: PurseRoots): PsamRoot[] {
  const algorithmIds = algorithm === 'sm4' ? [4] : [0, 1]
  return [
    { purpose: 'purchase', version, algorithm, algorithmIds, key: purchase },
    { purpose: 'tac', version, algorithm, algorithmIds, key: tac }
  ]
}

export function identityOf(issuer: string, number: string): CardIdentity {
  const city = issuer.slice(4)
  return { issuer, number, validFrom: '20200101', validTo: '20401231', city, holderKind: 1, interoperable: true }
}

function purchaseOf(
  ride: Ride,
  {
    terminal,
    dateTime,
    keyIndex,
    fleet
  }: { terminal: Uint8Array; dateTime: Uint8Array; keyIndex: number; fleet: Fleet }
): Purchase {
  const compound = ride.kind === 9
  if (!compound) return { amount: ride.amount, compound, dateTime, keyIndex }
  const acquirer = fleet.members[ride.acquirer]!.code
  const entering = ride.price === 0
  const { amount } = ride
  const trade = trades[ride.service] ?? trades[rideServices.length - 1]!
  const place = { terminal, trade, line: 0, station: 0, city: acquirer.slice(4), acquirer }
  return {
    amount,
    compound,
    dateTime,
    keyIndex,
    trip: (balanceAfter) => tripRecord({ ...place, type: entering ? 3 : 4, amount, balanceAfter, dateTime }),
    state: compoundRecord({ inside: entering, acquirer: issuerFactor(acquirer), terminal, dateTime })
  }
}

function load({ card, keys }: Held, at: { amount: number; terminal: Terminal; dateTime: Uint8Array }): void {
  const { amount, dateTime } = at
  const terms = { amount, type: LOAD_TYPE, terminal: at.terminal.number, dateTime }
  const request = beginLoad(card, { amount, terminal: at.terminal.number, keyIndex: keys.index })
  const session = sessionKey(keys.algorithm, keys.load, loadSeed(request.random, request.counter))
  const mac1 = computeMac(keys.algorithm, session, loadMac1Data(request.balanceBefore, terms))
  if (!equalConstantTime(mac1, request.mac1)) throw new Error('a fabricated card asked for a load with a wrong MAC')
  creditLoad(card, { dateTime, mac2: computeMac(keys.algorithm, session, loadMac2Data(terms)) })
}

function dateTimeOf(date: Uint8Array, second: number): Uint8Array {
  const bytes = new Uint8Array(7)
  bytes.set(date)
  bytes[4] = twoDigits(Math.floor(second / 3600))
  bytes[5] = twoDigits(Math.floor(second / 60) % 60)
  bytes[6] = twoDigits(second % 60)
  return bytes
}

function twoDigits(value: number): number {
  return (Math.floor(value / 10) << 4) | (value % 10)
}

function bcd(digits: string): Uint8Array {
  return Uint8Array.fromHex(digits)
}
