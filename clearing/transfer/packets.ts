// The packets of the interface's TCP transfer (card.md §2.11), as one implementation writes them: length, synchronisation, two flags, body,
// MAC. What is of one kind is one table of fields; where the source leaves a field's place open, the choice is ours and says so.
import { digits, filler, fixedWidth, number, text } from '../card-files/fixed-width.ts'

export const uploadRequest = fixedWidth([text('shortName', 40), text('organisation', 11), filler('F', 256)])
/** 'As 4001 + date 8': the date last, our reading. */
export const downloadRequest = fixedWidth([
  text('shortName', 40),
  text('organisation', 11),
  filler('F', 256),
  digits('day', 8)
])
/** The digest is SHA-256 in hexadecimal digits. */
export const fileInfo = fixedWidth([text('name', 50), text('digest', 256), number('size', 10), filler('F', 256)])
export const resumePoint = fixedWidth([number('received', 10), digits('code', 2)])
export const fileCount = fixedWidth([number('count', 4), digits('code', 2)])
export const answer = fixedWidth([digits('code', 2)])
export const endOfTransfer = Buffer.from('**TEOF**', 'latin1')

export const packetKinds = {
  uploadRequest: '4001',
  downloadRequest: '4002',
  fileInfo: '4003',
  data: '4004',
  resume: '4005',
  count: '4006',
  end: '4007',
  answer: '4008'
} as const
export type PacketKind = (typeof packetKinds)[keyof typeof packetKinds]

export interface Packet {
  kind: PacketKind
  /** 12 digits; an answer repeats what it answers. */
  synchronisation: string
  fields: Buffer
}

export const dataBytesMax = 1024
const lengthBytes = 4
/** synchronisation 12, compression 1, encryption 1, version 2, kind 4 */
const headBytes = 20
export const macBytes = 16
const leastBytes = headBytes + macBytes
const mostBytes = leastBytes + 1 + dataBytesMax

/** 16 characters over everything between the length and the MAC; sixteen zeros where no key is agreed. */
export type Mac = (bytes: Buffer) => Promise<string>
export const withoutMac: Mac = async () => '0'.repeat(macBytes)

/** What the other side sent is no packet of this protocol. */
export class TransferFault extends Error {}

export async function writePacket({ kind, synchronisation, fields }: Packet, mac: Mac): Promise<Buffer> {
  const body = Buffer.concat([Buffer.from(`${synchronisation}0001${kind}`, 'latin1'), fields])
  const length = String(body.length + macBytes).padStart(lengthBytes, '0')
  return Buffer.concat([Buffer.from(length, 'latin1'), body, Buffer.from(await mac(body), 'latin1')])
}

/** Puts packets together from whatever pieces the network hands over. Never holds more than one packet can be. */
export class PacketReader {
  #held: Buffer = Buffer.alloc(0)

  /** The packets that are whole now, without a look at their MACs. Throws a TransferFault. */
  push(bytes: Buffer): RawPacket[] {
    this.#held = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes])
    const whole: RawPacket[] = []
    while (this.#held.length >= lengthBytes) {
      const length = lengthOf(this.#held)
      if (this.#held.length < lengthBytes + length) break
      whole.push(split(this.#held.subarray(lengthBytes, lengthBytes + length)))
      this.#held = this.#held.subarray(lengthBytes + length)
    }
    return whole
  }

  /** Whether a packet has begun and not ended. */
  get unfinished(): boolean {
    return this.#held.length > 0
  }
}

export interface RawPacket extends Packet {
  /** What the MAC is over, and the MAC. */
  body: Buffer
  mac: string
}

function lengthOf(bytes: Buffer): number {
  const written = bytes.toString('latin1', 0, lengthBytes)
  if (!/^\d{4}$/.test(written)) throw new TransferFault(`'${printable(written)}' is no length`)
  const length = Number(written)
  if (length < leastBytes || length > mostBytes) throw new TransferFault(`a packet of ${length} bytes`)
  return length
}

function split(bytes: Buffer): RawPacket {
  const body = bytes.subarray(0, bytes.length - macBytes)
  const head = body.toString('latin1', 0, headBytes)
  const match = /^(\d{12})(.)(.)(\d{2})(\d{4})$/.exec(head)
  if (!match) throw new TransferFault(`'${printable(head)}' is no head of a packet`)
  const [, synchronisation, compression, encryption, version, kind] = match as unknown as string[]
  if (compression !== '0' || encryption !== '0')
    throw new TransferFault('compressed or encrypted packets are not agreed')
  if (version !== '01') throw new TransferFault(`version ${version}`)
  if (!(Object.values(packetKinds) as string[]).includes(kind!)) throw new TransferFault(`message ${kind}`)
  return {
    kind: kind as PacketKind,
    synchronisation: synchronisation!,
    fields: body.subarray(headBytes),
    body,
    mac: bytes.toString('latin1', bytes.length - macBytes)
  }
}

function printable(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, '?')
}
