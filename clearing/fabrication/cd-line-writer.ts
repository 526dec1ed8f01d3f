// Writes the CD line of a ride into a buffer: a template per acquirer and service, and over it the digits that change.
import { compactDay, type BusinessDay } from '../business-day.ts'
import { cdDetail, type CdDetail } from '../card-files/cttic-layouts.ts'
import { clearingCentreCode, issuers } from '../participants/guangdong.ts'
import { rideServices, type Fleet } from './network.ts'
import type { Ride } from './ride.ts'

const { offset, length, width } = cdDetail

/** Bytes of a fabricated line, line end included. */
export const cdLineBytes = width + 2

export type CdLineWriter = (target: Buffer, at: number, ride: Ride) => void

/** The writer numbers the lines of each acquirer from 1. `days` are the transaction days rides refer to. */
export function cdLineWriter(
  fleet: Fleet,
  days: readonly BusinessDay[],
  key: { version: number; index: number }
): CdLineWriter {
  const templates = fleet.members.map((member) => rideServices.map((service) => templateOf(member, service, key)))
  const dayDigits = days.map((day) => Number(compactDay(day)))
  const cardIssuers = [
    ...issuers.map(([code, bin]) => ({ code: Number(code), bin: Number(bin) })),
    numbers(fleet.stranger)
  ]
  const running = new Uint32Array(fleet.members.length)
  return (target, at, ride) => {
    templates[ride.acquirer]![ride.service]!.copy(target, at)
    const { code, bin } = cardIssuers[ride.issuer]!
    const date = dayDigits[ride.day]!
    const time =
      Math.floor(ride.second / 3600) * 10_000 + (Math.floor(ride.second / 60) % 60) * 100 + (ride.second % 60)
    const sequence = ++running[ride.acquirer]!
    writeDecimal(target, at + offset.pan, 8, bin)
    writeDecimal(target, at + offset.pan + 8, 11, ride.serial)
    target.copyWithin(at + offset.cardNumber, at + offset.pan, at + offset.pan + 19)
    writeDecimal(target, at + offset.amount, length.amount, ride.amount)
    writeDecimal(target, at + offset.transmittedAt, 4, date % 10_000)
    writeDecimal(target, at + offset.transmittedAt + 4, 6, time)
    writeDecimal(target, at + offset.trace, length.trace, sequence % 1_000_000)
    writeDecimal(target, at + offset.authorisationDate, length.authorisationDate, date % 10_000)
    writeDecimal(target, at + offset.retrievalReference, 6, date % 1_000_000)
    writeDecimal(target, at + offset.retrievalReference + 6, 6, sequence % 1_000_000)
    writeDecimal(target, at + offset.issuer, 8, code)
    writeDecimal(target, at + offset.issuerId, 8, code)
    writeHex(target, at + offset.purseAmount, length.purseAmount, ride.amount)
    writeDecimal(target, at + offset.purseKind, length.purseKind, ride.kind)
    writeDecimal(target, at + offset.terminalNumber, length.terminalNumber, fleet.terminalNumber[ride.terminal]!)
    writeHex(target, at + offset.terminalSequence, length.terminalSequence, ride.terminalSequence)
    writeDecimal(target, at + offset.purseDate, length.purseDate, date)
    writeDecimal(target, at + offset.purseTime, length.purseTime, time)
    writeHex(target, at + offset.cardSequence, length.cardSequence, ride.cardSequence)
    writeHex(target, at + offset.balanceAfter, length.balanceAfter, ride.balanceBefore - ride.amount)
    writeDecimal(target, at + offset.acquirerSequence, length.acquirerSequence, sequence)
    writeDecimal(target, at + offset.acquirerDate, length.acquirerDate, date)
    writeDecimal(target, at + offset.discount, length.discount, ride.discount)
    writeHex(target, at + offset.balanceBefore, length.balanceBefore, ride.balanceBefore)
    writeHex(target, at + offset.random, length.random, ride.random)
    writeHex(target, at + offset.price, length.price, ride.price)
    writeDecimal(target, at + offset.algorithm, length.algorithm, ride.algorithm)
  }
}

/** The TAC of a line, from the four bytes the card computed. */
export function writeTac(target: Buffer, at: number, tac: number): void {
  writeHex(target, at + offset.tac, 8, tac)
}

function numbers({ code, bin }: { code: string; bin: string }): { code: number; bin: number } {
  return { code: Number(code), bin: Number(bin) }
}

/** The fields of a line that no ride changes, and blanks for the rest. */
const blank: CdDetail = {
  tradeCode: '362',
  bitmap: 'B000',
  pan: '',
  amount: 0,
  currency: '156',
  transmittedAt: '0000000000',
  trace: '000000',
  authorisation: '000000',
  authorisationDate: '0000',
  retrievalReference: '',
  acquirer: '',
  sender: '',
  merchantCategory: '0000',
  terminal: '',
  merchant: '',
  merchantName: '',
  original: '0'.repeat(23),
  reason: '0000',
  messageFlag: '0',
  centreSequence: '000000000',
  receiver: clearingCentreCode,
  issuer: '',
  centreNotice: '0',
  channel: '03',
  feature: '',
  centreReserve: '',
  posCondition: '00',
  ownFee: 0,
  region: '0',
  electronicCommerce: '00',
  specialFeeKind: '00',
  specialFeeLevel: '0',
  initiation: '1',
  cardNumber: '',
  purseAmount: 0,
  purseKind: '00',
  terminalNumber: '000000000000',
  terminalSequence: 0,
  purseDate: '00000000',
  purseTime: '000000',
  tac: '00000000',
  keyVersion: 1,
  keyIndex: 1,
  cardSequence: 0,
  balanceAfter: 0,
  issuerId: '00000000FFFFFFFF',
  random: '00000000',
  holderKind: '0001',
  acquirerCode: '',
  acquirerSequence: '000000000000',
  acquirerDate: '00000000',
  clearingSequence: '000000000000',
  discount: '0000',
  balanceBefore: 0,
  price: 0,
  state: '00',
  algorithm: '00',
  cardOrganisation: ''
}

function templateOf(
  member: { code: string; city: string },
  service: { category: string; name: string },
  key: { version: number; index: number }
): Buffer {
  const template = {
    ...blank,
    acquirer: member.code,
    sender: member.code,
    acquirerCode: member.code,
    merchantCategory: service.category,
    merchant: `${member.code}${service.category}001`,
    merchantName: `${member.city}${service.name}（样例）`,
    keyVersion: key.version,
    keyIndex: key.index
  }
  return Buffer.concat([cdDetail.write(template), Buffer.from('\r\n')])
}

/** Up to 18 digits. */
function writeDecimal(target: Buffer, at: number, digits: number, value: number): void {
  if (digits <= 9) return writeShortDecimal(target, at, digits, value)
  const high = Math.floor(value / 1_000_000_000)
  writeShortDecimal(target, at, digits - 9, high)
  writeShortDecimal(target, at + digits - 9, 9, value - high * 1_000_000_000)
}

/** Up to 9 digits, in 32-bit integers. */
function writeShortDecimal(target: Buffer, at: number, digits: number, value: number): void {
  let rest = value | 0
  for (let index = at + digits - 1; index >= at; index--) {
    const tenth = (rest / 10) | 0
    target[index] = 48 + rest - tenth * 10
    rest = tenth
  }
}

function writeHex(target: Buffer, at: number, digits: number, value: number): void {
  let rest = value
  for (let index = at + digits - 1; index >= at; index--) {
    const digit = rest & 15
    target[index] = digit < 10 ? 48 + digit : 55 + digit
    rest >>>= 4
  }
}
