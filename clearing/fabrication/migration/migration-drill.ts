// A migration from 3DES to SM4 played with cards, PSAMs and terminals in software, stage by stage and a day each: terminals learn SM4,
// cards get SM4 keys beside their own, 3DES goes. Every tap is an honest one, so every line must be accepted.
import { readUint32, writeUint32 } from '../../../card-crypto/bytes.ts'
import { cardKeySet } from '../../../card-crypto/simulated-card/card-keys.ts'
import { SimulatedCard } from '../../../card-crypto/simulated-card/simulated-card.ts'
import { SimulatedPsam } from '../../../card-crypto/simulated-card/simulated-psam.ts'
import { Terminal, type Purchase, type TapOutcome } from '../../../card-crypto/simulated-card/terminal.ts'
import { SW } from '../../../card-crypto/simulated-card/apdu.ts'
import { addDays, compactDay, type BusinessDay } from '../../business-day.ts'
import { issuers } from '../../participants/guangdong.ts'
import { openCdFiles, type WriteTo } from '../cd-files.ts'
import { cdLineBytes, cdLineWriter, writeTac } from '../cd-line-writer.ts'
import type { FabricatedFile } from '../manifest.ts'
import { createFleet, type Fleet } from '../network.ts'
import { seededRandom, type Random } from '../random.ts'
import { emptyRide } from '../ride.ts'
import { migrationRoots, samplePurseRoots } from '../sample-keys.ts'
import { identityOf, psamRootsOf } from '../tap-cards.ts'

/** Shares of what has changed: terminals that know SM4 too, cards that carry both, terminals that know 3DES no more. */
export interface Stage {
  name: string
  dualTerminals: number
  dualCards: number
  withoutDes: number
}

export const stages: readonly Stage[] = [
  { name: '全部 3DES all 3DES', dualTerminals: 0, dualCards: 0, withoutDes: 0 },
  { name: '终端换代 half the terminals', dualTerminals: 0.5, dualCards: 0, withoutDes: 0 },
  { name: '首批双算法卡 first dual cards', dualTerminals: 0.8, dualCards: 0.3, withoutDes: 0 },
  { name: '多数卡 most cards', dualTerminals: 1, dualCards: 0.7, withoutDes: 0 },
  { name: '全部双算法 all cards', dualTerminals: 1, dualCards: 1, withoutDes: 0.5 },
  { name: '全部 SM4 all SM4', dualTerminals: 1, dualCards: 1, withoutDes: 1 }
]

export interface StageResult extends Stage {
  day: BusinessDay
  files: FabricatedFile[]
  taps: number
  sm4: number
  /** Taps a terminal refused; there must be none. */
  refused: number
  amount: number
}

export interface DrillOptions {
  cards: number
  tapsPerStage: number
  /** Of the first stage; each takes a day. */
  from: BusinessDay
  seed: number
  acquirers: readonly string[]
}

const [des, sm4] = [samplePurseRoots[0]!, migrationRoots]
const terminalsPerService = 20

interface Held {
  chip: SimulatedCard
  issuer: number
  serial: number
  dual: boolean
}

/** Terminals of one stage: with both roots, with 3DES or with SM4 alone. */
interface Door {
  terminal: Terminal
  indexes: readonly number[]
}

/** Writes each stage's files through `writeTo`, and answers what must come of them. */
export async function playMigration(options: DrillOptions, writeTo: WriteTo): Promise<StageResult[]> {
  const random = seededRandom(options.seed)
  const fleet = createFleet(random, options.acquirers, terminalsPerService)
  const cards = Array.from({ length: options.cards }, (_, n) => issue(random, n))
  const results: StageResult[] = []
  for (const [nth, stage] of stages.entries()) {
    const day = addDays(options.from, nth)
    for (const [n, card] of cards.entries())
      if (!card.dual && n < stage.dualCards * cards.length) cards[n] = givenSm4(card)
    results.push(await playStage({ random, fleet, cards, stage, day, taps: options.tapsPerStage }, writeTo))
  }
  return results
}

interface StagePlay {
  random: Random
  fleet: Fleet
  cards: readonly Held[]
  stage: Stage
  day: BusinessDay
  taps: number
}

async function playStage(
  { random, fleet, cards, stage, day, taps }: StagePlay,
  writeTo: WriteTo
): Promise<StageResult> {
  const files = openCdFiles(
    fleet.members.map(({ code }) => code),
    { day, recordsPerFile: 1_000_000 },
    writeTo
  )
  const writers = new Map(
    [des, sm4].map(({ version, index }) => [index, cdLineWriter(fleet, [day], { version, index })])
  )
  const doors = openDoors(fleet, stage)
  const line = Buffer.alloc(cdLineBytes)
  const ride = emptyRide()
  const result = { ...stage, day, taps: 0, sm4: 0, refused: 0, amount: 0 }
  const sequences = new Map<number, number>()
  for (let tap = 0; tap < taps; tap++) {
    const card = cards[random.below(cards.length)]!
    const at = random.below(fleet.members.length * terminalsPerService)
    const acquirer = Math.floor(at / terminalsPerService)
    const terminal = fleet.members[acquirer]!.terminals[0]!.first + (at % terminalsPerService)
    const second = 6 * 3600 + Math.floor((tap * 16 * 3600) / taps)
    const door = doors(terminal)
    const outcome = tapAt(door, card.chip, { amount: 200, compound: false, dateTime: moment(day, second) })
    if (outcome.outcome !== 'paid') {
      result.refused++
      continue
    }
    const { record } = outcome
    sequences.set(terminal, record.terminalSequence)
    Object.assign(ride, { acquirer, terminal, second, issuer: card.issuer, serial: card.serial })
    Object.assign(ride, { service: 0, kind: 6, day: 0, price: record.amount, amount: record.amount })
    Object.assign(ride, { algorithm: record.algorithmId, cardSequence: record.counter })
    Object.assign(ride, { balanceBefore: record.balanceBefore, terminalSequence: record.terminalSequence })
    ride.random = readUint32(record.random, 0)
    writers.get(record.keyIndex)!(line, 0, ride)
    writeTac(line, 0, readUint32(record.tac, 0))
    await files.append(acquirer, line, 0)
    result.taps++
    result.amount += record.amount
    if (record.algorithmId === 4) result.sm4++
  }
  for (const [terminal, sequence] of sequences) fleet.terminalSequence[terminal] = sequence
  return { ...result, files: await files.close() }
}

/** SM4 first where the terminal knows it; a card without it says so, and pays with 3DES at the same touch. */
function tapAt(door: Door, chip: SimulatedCard, purchase: Omit<Purchase, 'keyIndex'>): TapOutcome {
  let last: TapOutcome = { outcome: 'refused', status: SW.noSuchKey }
  for (const keyIndex of door.indexes) {
    chip.reset()
    last = door.terminal.tap(chip, { ...purchase, keyIndex })
    if (last.outcome !== 'refused' || last.status !== SW.noSuchKey) return last
  }
  return last
}

function openDoors(fleet: Fleet, stage: Stage): (terminal: number) => Door {
  const doors = new Map<number, Door>()
  const share = (terminal: number): number => (terminal % terminalsPerService) / terminalsPerService
  return (terminal) =>
    doors.getOrInsertComputed(terminal, () => {
      const isDual = share(terminal) < stage.dualTerminals
      const hasDes = share(terminal) >= stage.withoutDes
      const roots = [...(isDual ? [sm4] : []), ...(hasDes ? [des] : [])]
      const number = Uint8Array.fromHex(String(fleet.terminalNumber[terminal]!).padStart(12, '0'))
      const psam = {
        number,
        keyIndex: 1,
        roots: roots.flatMap(psamRootsOf),
        sequence: fleet.terminalSequence[terminal]!
      }
      return { terminal: new Terminal(new SimulatedPsam(psam)), indexes: roots.map(({ index }) => index) }
    })
}

function issue(random: Random, n: number): Held {
  const issuer = random.below(issuers.length)
  const held = { issuer, serial: 60_000_000_000 + n, dual: false }
  return { ...held, chip: chipOf(held, { balance: 90_000, offlineCounter: 1 }) }
}

/** At a service point: the same card with SM4 keys at index 2 beside its own; what it holds and its counter stay. */
function givenSm4(card: Held): Held {
  const held = { ...card, dual: true }
  return { ...held, chip: chipOf(held, { balance: card.chip.balance, offlineCounter: card.chip.offlineCounter }) }
}

function chipOf(
  { issuer, serial, dual }: Omit<Held, 'chip'>,
  state: { balance: number; offlineCounter: number }
): SimulatedCard {
  const [code, bin] = issuers[issuer]!
  const number = `${bin}${String(serial).padStart(11, '0')}`
  const sets = [
    cardKeySet(des, { issuer: code, number, index: des.index, algorithmId: 0 }),
    ...(dual ? [cardKeySet(sm4, { issuer: code, number, index: sm4.index, algorithmId: 4 })] : [])
  ]
  let asked = serial
  const random = (): Uint8Array => {
    const bytes = new Uint8Array(4)
    writeUint32(bytes, 0, (asked += 7919) >>> 0)
    return bytes
  }
  return new SimulatedCard({ identity: identityOf(code, number), keys: sets, ...state }, random)
}

function moment(day: BusinessDay, second: number): Uint8Array {
  const two = (value: number): string => String(value).padStart(2, '0')
  const digits = `${two(Math.floor(second / 3600))}${two(Math.floor(second / 60) % 60)}${two(second % 60)}`
  return Uint8Array.fromHex(`${compactDay(day)}${digits}`)
}
