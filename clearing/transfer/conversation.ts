// One short connection of the TCP transfer: packets out, packets in, one at a time. Whoever is too slow with a whole packet is left: bytes
// that drip in do not buy time.
import type { Socket } from 'node:net'
import {
  answer,
  PacketReader,
  packetKinds,
  TransferFault,
  withoutMac,
  writePacket,
  type Mac,
  type PacketKind,
  type RawPacket
} from './packets.ts'

export interface ConversationTerms {
  /** How long the other side may take with one packet. */
  patienceMs?: number
  mac?: Mac
}

const patienceMs = 30_000

export class Conversation {
  readonly #socket: Socket
  readonly #reader = new PacketReader()
  readonly #mac: Mac
  readonly #patienceMs: number
  readonly #arrived: RawPacket[] = []
  #ended: Error | null = null
  #wake: (() => void) | null = null
  #sent = 0
  /** Of the packet that came last: answers repeat it. */
  #heard = ''

  constructor(socket: Socket, terms: ConversationTerms = {}) {
    this.#socket = socket
    this.#mac = terms.mac ?? withoutMac
    this.#patienceMs = terms.patienceMs ?? patienceMs
    socket.setNoDelay(true)
    socket.on('data', (bytes: Buffer) => this.#take(bytes))
    socket.on('error', (error) => this.#end(error))
    socket.on('close', () => this.#end(new TransferFault('the connection was closed')))
    socket.on('end', () => this.#end(new TransferFault('the other side ended the connection')))
  }

  /** Of our own accord. */
  async send(kind: PacketKind, fields: Buffer): Promise<void> {
    this.#sent++
    await this.#write(kind, fields, String(this.#sent).padStart(12, '0'))
  }

  async reply(kind: PacketKind, fields: Buffer): Promise<void> {
    await this.#write(kind, fields, this.#heard)
  }

  async replyCode(code: string): Promise<void> {
    await this.reply(packetKinds.answer, answer.write({ code }))
  }

  /** The next packet, of one of these kinds; a TransferFault otherwise, or when patience ends. */
  async hear(...kinds: PacketKind[]): Promise<RawPacket> {
    const until = Date.now() + this.#patienceMs
    for (;;) {
      const packet = this.#arrived.shift()
      if (packet) return await this.#checked(packet, kinds)
      if (this.#ended) throw this.#ended
      await this.#wait(until - Date.now())
    }
  }

  /** The code of the answer. */
  async hearCode(): Promise<string> {
    return answer.read((await this.hear(packetKinds.answer)).fields).code
  }

  close(): void {
    this.#socket.end()
    this.#socket.destroySoon()
  }

  async #checked(packet: RawPacket, kinds: PacketKind[]): Promise<RawPacket> {
    if (!kinds.includes(packet.kind))
      throw new TransferFault(`message ${packet.kind} where ${kinds.join(' or ')} is due`)
    if (packet.mac !== (await this.#mac(packet.body))) throw new TransferFault('the MAC of a packet is wrong')
    this.#heard = packet.synchronisation
    return packet
  }

  async #write(kind: PacketKind, fields: Buffer, synchronisation: string): Promise<void> {
    if (this.#ended) throw this.#ended
    const bytes = await writePacket({ kind, synchronisation, fields }, this.#mac)
    await new Promise<void>((done, failed) => {
      this.#socket.write(bytes, (error) => (error ? failed(error) : done()))
    })
  }

  #take(bytes: Buffer): void {
    try {
      this.#arrived.push(...this.#reader.push(bytes))
    } catch (error) {
      this.#end(error as Error)
      this.#socket.destroy()
    }
    this.#wake?.()
  }

  #end(error: Error): void {
    this.#ended ??= error
    this.#wake?.()
  }

  async #wait(ms: number): Promise<void> {
    if (ms <= 0) throw new TransferFault('the other side is too slow')
    const patience = Promise.withResolvers<void>()
    const timer = setTimeout(patience.resolve, ms)
    this.#wake = patience.resolve
    await patience.promise
    clearTimeout(timer)
    this.#wake = null
  }
}
