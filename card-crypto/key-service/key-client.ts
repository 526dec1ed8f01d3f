// The asking half: a KeyStore whose keys are in the key process. Questions of one moment leave in one write, bulk records from where
// they lie. When the process is away, questions wait a little for its next start, then fail with 'away'; the next ones try again.
import { createReadStream } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { concat, writeUint32 } from '../bytes.ts'
import type { CustodyQuestion } from '../key-custody/custody-schemas.ts'
import { parseKeyName, KeyStoreError, type KeyReference } from '../key-reference.ts'
import type { KeyStore, LoadAuthorisation, MacRequest, PersonalisationOrder } from '../key-store.ts'
import { TAC_RECORD } from '../tac-batch.ts'
import {
  COMMAND,
  OUTCOME,
  readFault,
  readLoadAnswers,
  sizedBytes,
  writeFactors,
  writeLoad,
  writeMacRequest,
  writeName,
  writeOrder,
  type Command
} from './commands.ts'
import { frameOf, FrameReader, headerOf, type Frame } from './frames.ts'

export interface KeyClientOptions {
  /** keySocket() of this kind of client. */
  path: string
  /** How long a question waits for a key process that is away. */
  patienceMs?: number
  silenceMs?: number
  /** Called when nobody listens, to start a key process of our own; it ends with this client. */
  start?: () => Promise<OwnKeyProcess>
}

export interface OwnKeyProcess {
  stop(): Promise<void>
}

interface Question {
  number: number
  head: Buffer
  /** Written from where it lies. */
  body: Uint8Array | null
  /** A question the process died over twice is not asked a third time. */
  tries: number
  resolve(answer: Uint8Array): void
  reject(error: Error): void
}

/** 1.5 MB: the first threads begin while the rest is on its way. */
const RECORDS_PER_FRAME = 32_768
const CARDS_PER_FRAME = 10_000
const PIECE_BYTES = 1 << 20
/** More than this waiting for one process is a flood of our own. */
const WAITING_LIMIT = 20_000
const RETRY_MILLISECONDS = 50
/** A process that says nothing for so long while it is asked hangs: it is left, and asked anew. */
const SILENCE_MILLISECONDS = 15_000

/** Rejects with 'away' when there is no key process and none could be started. */
export async function openKeyClient(options: KeyClientOptions): Promise<KeyClient> {
  const client = new KeyClient(options)
  await client.random(1)
  return client
}

export class KeyClient implements KeyStore {
  readonly #options: Required<Pick<KeyClientOptions, 'path' | 'patienceMs' | 'silenceMs'>> & KeyClientOptions
  readonly #asked = new Map<number, Question>()
  #unsent: Question[] = []
  #socket: Socket | null = null
  #connecting = false
  #flushing = false
  #lastNumber = 0
  #own: OwnKeyProcess | null = null
  #closed = false

  constructor(options: KeyClientOptions) {
    this.#options = { patienceMs: 3000, silenceMs: SILENCE_MILLISECONDS, ...options }
  }

  async deriveAndMac(request: MacRequest): Promise<Uint8Array> {
    return await this.#ask('deriveAndMac', writeMacRequest(request))
  }

  async verifyTac(key: KeyReference, factors: Uint8Array[], data: Uint8Array, tac: Uint8Array): Promise<boolean> {
    if (tac.length !== 4) return false
    return (await this.#ask('verifyTac', [writeName(key), writeFactors(factors), tac, data]))[0] === 1
  }

  async verifyTacs(records: Uint8Array, count: number): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = count * TAC_RECORD.stride
    if (bytes > records.length) throw new RangeError('there are fewer records than the count says')
    const verdicts = new Uint8Array(count)
    const frames: Promise<void>[] = []
    for (let from = 0; from < count; from += RECORDS_PER_FRAME) {
      const until = Math.min(count, from + RECORDS_PER_FRAME)
      const part = records.subarray(from * TAC_RECORD.stride, until * TAC_RECORD.stride)
      frames.push(this.#askInBulk('verifyTacs', part).then((answer) => verdicts.set(answer, from)))
    }
    await Promise.all(frames)
    return verdicts
  }

  async keyCheckValue(key: KeyReference): Promise<string> {
    return Buffer.from(await this.#ask('keyCheckValue', [writeName(key)])).toString()
  }

  async generateKey(key: KeyReference): Promise<void> {
    await this.#ask('generateKey', [writeName(key)])
  }

  async importKey(key: KeyReference, bytes: Uint8Array): Promise<void> {
    await this.#ask('importKey', [writeName(key), bytes])
  }

  async hasKey(key: KeyReference): Promise<boolean> {
    return (await this.#ask('hasKey', [writeName(key)]))[0] === 1
  }

  async listKeys(): Promise<KeyReference[]> {
    const names = Buffer.from(await this.#ask('listKeys', [])).toString()
    return names === '' ? [] : names.split('\n').map(parseKeyName)
  }

  async publicKey(key: KeyReference): Promise<Uint8Array> {
    return await this.#ask('publicKey', [writeName(key)])
  }

  async sign(key: KeyReference, message: Uint8Array): Promise<Uint8Array> {
    return await this.#ask('sign', [writeName(key), message])
  }

  /** The file is read here and digested there: the key process opens nothing that a client names. */
  async signFile(
    key: KeyReference,
    path: string,
    watch: (piece: Uint8Array) => void = () => undefined
  ): Promise<Uint8Array> {
    const signing = new Uint8Array(4)
    writeUint32(signing, 0, this.#nextNumber())
    await this.#ask('beginSigning', [signing, writeName(key)])
    for await (const piece of createReadStream(path, { highWaterMark: PIECE_BYTES })) {
      const digested = this.#ask('signPiece', [signing, piece as Buffer])
      // While it is digested there.
      watch(piece as Buffer)
      await digested
    }
    return await this.#ask('endSigning', [signing])
  }

  async seal(key: KeyReference, plaintext: Uint8Array, aad: Uint8Array): Promise<Uint8Array> {
    return await this.#ask('seal', [writeName(key), sizedBytes(aad), plaintext])
  }

  async unseal(key: KeyReference, sealed: Uint8Array, aad: Uint8Array): Promise<Uint8Array> {
    return await this.#ask('unseal', [writeName(key), sizedBytes(aad), sealed])
  }

  async keyedDigest(key: KeyReference, data: Uint8Array): Promise<Uint8Array> {
    return await this.#ask('keyedDigest', [writeName(key), data])
  }

  async random(bytes: number): Promise<Uint8Array> {
    return await this.#ask('random', [Uint8Array.of(bytes >>> 8, bytes)])
  }

  async authoriseLoads(loads: readonly LoadAuthorisation[]): Promise<(Uint8Array | null)[]> {
    if (loads.length === 0) return []
    return readLoadAnswers(await this.#ask('authoriseLoads', loads.map(writeLoad)))
  }

  async personalise(order: PersonalisationOrder): Promise<Uint8Array> {
    const bytes = CARDS_PER_FRAME * 8
    const parts: Promise<Uint8Array>[] = []
    for (let from = 0; from < order.leaves.length; from += bytes) {
      const leaves = order.leaves.subarray(from, from + bytes)
      parts.push(this.#ask('personalise', writeOrder({ ...order, leaves })))
    }
    return concat(...(await Promise.all(parts)))
  }

  /** Of custody: what is in the store, ceremonies, activations. Question and answer are JSON. */
  async custody(question: CustodyQuestion): Promise<unknown> {
    const answer = await this.#ask('custody', [Buffer.from(JSON.stringify(question))])
    return JSON.parse(Buffer.from(answer).toString())
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#rejectAll(new KeyStoreError('closed', 'the key store is closed'))
    const socket = this.#socket
    if (socket !== null && !socket.destroyed) {
      await new Promise<void>((done) => {
        socket.once('close', () => done())
        socket.destroy()
      })
    }
    await this.#own?.stop()
  }

  async #ask(command: Command, parts: readonly Uint8Array[]): Promise<Uint8Array> {
    const number = this.#nextNumber()
    return await this.#put({ number, head: frameOf(number, COMMAND[command], parts), body: null })
  }

  async #askInBulk(command: Command, body: Uint8Array): Promise<Uint8Array> {
    const number = this.#nextNumber()
    return await this.#put({ number, head: headerOf(number, COMMAND[command], body.length), body })
  }

  #nextNumber(): number {
    this.#lastNumber = (this.#lastNumber + 1) >>> 0
    return this.#lastNumber
  }

  async #put(question: Pick<Question, 'number' | 'head' | 'body'>): Promise<Uint8Array> {
    if (this.#closed) throw new KeyStoreError('closed', 'the key store is closed')
    if (this.#asked.size >= WAITING_LIMIT)
      throw new KeyStoreError('busy', 'too much is asked of the key process at once')
    return await new Promise<Uint8Array>((resolve, reject) => {
      const asked = { ...question, tries: 0, resolve, reject }
      if (this.#asked.size === 0) this.#socket?.ref()
      this.#asked.set(question.number, asked)
      this.#unsent.push(asked)
      if (this.#flushing) return
      this.#flushing = true
      setImmediate(() => this.#flush())
    })
  }

  #flush(): void {
    this.#flushing = false
    if (this.#socket === null) {
      void this.#connect()
      return
    }
    const questions = this.#unsent
    this.#unsent = []
    if (questions.length === 0) return
    this.#socket.cork()
    let small: Buffer[] = []
    for (const question of questions) {
      question.tries++
      small.push(question.head)
      if (question.body === null) continue
      this.#socket.write(Buffer.concat(small))
      this.#socket.write(question.body)
      small = []
    }
    if (small.length > 0) this.#socket.write(small.length === 1 ? small[0]! : Buffer.concat(small))
    this.#socket.uncork()
  }

  /** Tries until there is a connection or patience ends; then everything that waits fails, and the next question begins anew. */
  async #connect(): Promise<void> {
    if (this.#connecting || this.#closed) return
    this.#connecting = true
    const until = performance.now() + this.#options.patienceMs
    let started = false
    try {
      for (;;) {
        const socket = await connected(this.#options.path)
        if (this.#closed) return void socket?.destroy()
        if (socket !== null) {
          this.#use(socket)
          return
        }
        if (this.#options.start && !started) {
          started = true
          this.#own = await this.#options.start()
          continue
        }
        if (performance.now() >= until) break
        await pause(RETRY_MILLISECONDS)
      }
      this.#rejectAll(new KeyStoreError('away', 'the key process does not answer'))
    } catch (error) {
      this.#rejectAll(new KeyStoreError('away', `the key process cannot be started: ${String(error)}`))
    } finally {
      this.#connecting = false
    }
  }

  #use(socket: Socket): void {
    this.#socket = socket
    const { silenceMs } = this.#options
    const reader = new FrameReader((frame) => this.#take(frame))
    let heard = performance.now()
    socket.on('data', (chunk: Buffer) => {
      heard = performance.now()
      reader.read(chunk)
    })
    const watch = setInterval(() => {
      if (this.#asked.size === 0) heard = performance.now()
      else if (performance.now() - heard > silenceMs) socket.destroy()
    }, silenceMs / 4).unref()
    socket.on('error', () => socket.destroy())
    socket.once('close', () => {
      clearInterval(watch)
      this.#lose()
    })
    if (this.#asked.size === 0) socket.unref()
    this.#flush()
  }

  #take({ number, code, body }: Frame): void {
    const question = this.#asked.get(number)
    if (!question) return
    this.#asked.delete(number)
    if (this.#asked.size === 0) this.#socket?.unref()
    if (code === OUTCOME.done) question.resolve(new Uint8Array(body))
    else question.reject(readFault(code, body))
  }

  /** What was asked is asked again of the next process: nothing a key store does is done twice by being asked twice. */
  #lose(): void {
    this.#socket = null
    if (this.#closed) return
    this.#unsent = []
    for (const question of this.#asked.values()) {
      if (question.tries < 2) this.#unsent.push(question)
      else {
        this.#asked.delete(question.number)
        question.reject(new KeyStoreError('away', 'the key process went away over this twice'))
      }
    }
    if (this.#unsent.length > 0) void this.#connect()
  }

  #rejectAll(error: Error): void {
    const all = [...this.#asked.values()]
    this.#asked.clear()
    this.#unsent = []
    for (const question of all) question.reject(error)
  }
}

/** Null when nobody listens there. */
async function connected(path: string): Promise<Socket | null> {
  return await new Promise((done) => {
    const socket = connect(path, () => done(socket))
    socket.on('error', () => done(null))
  })
}
