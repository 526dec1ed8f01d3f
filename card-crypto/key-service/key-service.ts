// The serving half of the key process: one socket for each kind of client, so that the operating system says who is asking, and each
// may ask only what client-rights.ts lists for it. What arrives in one moment is answered in one write.
import { chmodSync, rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { readUint32 } from '../bytes.ts'
import type { CustodyQuestion } from '../key-custody/custody-schemas.ts'
import { keyName, KeyStoreError } from '../key-reference.ts'
import type { ServedKeyStore } from '../key-store.ts'
import type { Sm2StreamSigner } from '../sm2.ts'
import { TAC_RECORD } from '../tac-batch.ts'
import { assertMay, type KeyClientKind } from './client-rights.ts'
import {
  BodyReader,
  commandOf,
  Malformed,
  OUTCOME,
  readFactors,
  readLoads,
  readMacRequest,
  readOrder,
  writeFault,
  writeLoadAnswers,
  type Command
} from './commands.ts'
import { keySocket } from './key-folder.ts'
import { frameOf, FrameError, FrameReader, type Frame } from './frames.ts'

export interface KeyServiceOptions {
  store: ServedKeyStore
  /** Its sockets lie in the key folder of it, one for each kind, for the owner alone (0600). */
  dataFolder: string
  kinds: readonly KeyClientKind[]
  /** Whether 'setup' may bring in keys of its own: only where there is a sample province. */
  takesSampleKeys: boolean
  /** Bugs, never what was asked. */
  complain: (problem: string) => void
}

/** Those that name one key and answer at once. */
type KeyCommand = Exclude<
  Command,
  | 'authoriseLoads'
  | 'personalise'
  | 'verifyTacs'
  | 'listKeys'
  | 'random'
  | 'custody'
  | 'beginSigning'
  | 'signPiece'
  | 'endSigning'
>

export interface KeyService {
  close(): Promise<void>
}

const CONNECTIONS_PER_KIND = 32
/** After this long another client has its turn. */
const TURN_MILLISECONDS = 4
/** Answers under way on one connection; past it nothing more is read from it. */
const UNDER_WAY = 4096
const STREAMS_PER_CONNECTION = 16

export async function serveKeys(options: KeyServiceOptions): Promise<KeyService> {
  const open = new Set<Connection>()
  const servers: Server[] = []
  for (const kind of options.kinds) {
    const path = keySocket(options.dataFolder, kind)
    rmSync(path, { force: true })
    const server = createServer((socket) => {
      const connection = new Connection(socket, kind, options)
      open.add(connection)
      socket.once('close', () => open.delete(connection))
    })
    server.maxConnections = CONNECTIONS_PER_KIND
    await listen(server, path)
    servers.push(server)
  }
  return {
    async close() {
      const closed = servers.map(async (server) => await new Promise((done) => server.close(done)))
      for (const connection of open) connection.end()
      await Promise.all(closed)
    }
  }
}

/** Nobody else may connect even in the moment between making the socket and closing it to others. */
async function listen(server: Server, path: string): Promise<void> {
  const before = process.umask(0o177)
  try {
    await new Promise<void>((done, failed) => {
      server.once('error', failed)
      server.listen(path, done)
    })
  } finally {
    process.umask(before)
  }
  chmodSync(path, 0o600)
}

class Connection {
  readonly #socket: Socket
  readonly #kind: KeyClientKind
  readonly #options: KeyServiceOptions
  readonly #waiting: Frame[] = []
  readonly #signings = new Map<number, Sm2StreamSigner>()
  #answers: Buffer[] = []
  #underWay = 0
  #working = false

  constructor(socket: Socket, kind: KeyClientKind, options: KeyServiceOptions) {
    this.#socket = socket
    this.#kind = kind
    this.#options = options
    const reader = new FrameReader((frame) => this.#waiting.push(frame))
    socket.on('error', () => socket.destroy())
    socket.on('data', (chunk: Buffer) => {
      try {
        reader.read(chunk)
        void this.#work()
      } catch (error) {
        if (!(error instanceof FrameError)) options.complain(String(error))
        socket.destroy()
      }
    })
  }

  end(): void {
    this.#socket.destroy()
  }

  /** Answers what waits, in turns: a flood of one client delays the others by one turn of it. */
  async #work(): Promise<void> {
    if (this.#working) return
    this.#working = true
    try {
      while (this.#waiting.length > 0 && !this.#socket.destroyed) {
        this.#takeTurn()
        this.#flush()
        if (this.#waiting.length === 0) break
        // What is left in the chunk it came in waits; more is not read meanwhile.
        this.#socket.pause()
        await nextTurn()
      }
      if (this.#underWay < UNDER_WAY && !this.#socket.writableNeedDrain) this.#socket.resume()
    } finally {
      this.#working = false
    }
  }

  #takeTurn(): void {
    const until = performance.now() + TURN_MILLISECONDS
    let taken = 0
    while (taken < this.#waiting.length && this.#underWay < UNDER_WAY) {
      const { number, code, body } = this.#waiting[taken++]!
      this.#underWay++
      this.#answer(number, code, body)
      if (performance.now() > until) break
    }
    this.#waiting.splice(0, taken)
  }

  #answer(number: number, code: number, body: Uint8Array): void {
    const reply = (outcome: number, answer: Uint8Array): void => {
      this.#underWay--
      if (this.#answers.push(frameOf(number, outcome, [answer])) === 1) setImmediate(() => this.#flush())
    }
    this.#perform(code, body).then(
      (answer) => reply(OUTCOME.done, answer),
      (error: unknown) => {
        if (!(error instanceof KeyStoreError || error instanceof RangeError)) this.#options.complain(String(error))
        const fault = writeFault(error)
        reply(fault.outcome, fault.body)
      }
    )
  }

  #flush(): void {
    if (this.#answers.length === 0 || this.#socket.destroyed) return
    const answers = this.#answers
    this.#answers = []
    // A client that does not read its answers is not read from either.
    const room = this.#socket.write(answers.length === 1 ? answers[0]! : Buffer.concat(answers))
    if (room) {
      if (!this.#working) this.#socket.resume()
      return
    }
    this.#socket.pause()
    this.#socket.once('drain', () => void this.#work())
  }

  async #perform(code: number, body: Uint8Array): Promise<Uint8Array> {
    const command = commandOf(code)
    if (command === undefined) throw new Malformed(`there is no command ${code}`)
    const reader = new BodyReader(body)
    switch (command) {
      case 'verifyTacs':
        assertMay(this.#kind, command)
        return await this.#options.store.verifyTacs(body, Math.floor(body.length / TAC_RECORD.stride))
      case 'listKeys':
        assertMay(this.#kind, command)
        return Buffer.from((await this.#options.store.listKeys()).map(keyName).join('\n'))
      case 'random':
        assertMay(this.#kind, command)
        return await this.#options.store.random(Math.min(65_536, body.length === 2 ? body[0]! * 256 + body[1]! : 0))
      case 'authoriseLoads': {
        const loads = readLoads(reader)
        for (const { key } of loads) assertMay(this.#kind, command, key)
        return writeLoadAnswers(await this.#options.store.authoriseLoads(loads))
      }
      case 'personalise': {
        const order = readOrder(reader)
        for (const key of [...order.roots, order.transport]) assertMay(this.#kind, command, key)
        return await this.#options.store.personalise(order)
      }
      case 'custody':
        assertMay(this.#kind, command)
        return await this.#custody(body)
      case 'beginSigning':
      case 'signPiece':
      case 'endSigning':
        return await this.#signInPieces(command, reader)
      default:
        return await this.#useKey(command, reader)
    }
  }

  // oxlint-disable-next-line max-lines-per-function -- one line for each command
  async #useKey(command: KeyCommand, reader: BodyReader): Promise<Uint8Array> {
    const { store } = this.#options
    const flag = (is: boolean): Uint8Array => Uint8Array.of(is ? 1 : 0)
    const nothing = new Uint8Array()
    if (command === 'deriveAndMac') {
      const request = readMacRequest(reader)
      assertMay(this.#kind, command, request.key)
      return await store.deriveAndMac(request)
    }
    const key = reader.key()
    assertMay(this.#kind, command, key)
    switch (command) {
      case 'verifyTac': {
        const factors = readFactors(reader)
        const tac = reader.bytes(4)
        return flag(await store.verifyTac(key, factors, reader.rest(), tac))
      }
      case 'keyCheckValue':
        return Buffer.from(await store.keyCheckValue(key))
      case 'generateKey':
        await store.generateKey(key)
        return nothing
      case 'importKey': {
        if (!this.#options.takesSampleKeys) throw new KeyStoreError('forbidden', 'keys come in through a ceremony')
        const bytes = reader.rest()
        try {
          await store.importKey(key, bytes)
        } finally {
          bytes.fill(0)
        }
        return nothing
      }
      case 'hasKey':
        return flag(await store.hasKey(key))
      case 'publicKey':
        return await store.publicKey(key)
      case 'sign':
        return await store.sign(key, reader.rest())
      case 'seal':
      case 'unseal': {
        const aad = reader.sized()
        return await store[command](key, reader.rest(), aad)
      }
      case 'keyedDigest':
        return await store.keyedDigest(key, reader.rest())
    }
  }

  /** A file is signed where the key is: number 4 of the signing, then the name of the key, or a piece, or nothing. */
  async #signInPieces(command: 'beginSigning' | 'signPiece' | 'endSigning', reader: BodyReader): Promise<Uint8Array> {
    const number = readUint32(reader.bytes(4), 0)
    if (command === 'beginSigning') {
      const key = reader.key()
      assertMay(this.#kind, 'sign', key)
      if (this.#signings.size >= STREAMS_PER_CONNECTION) throw new KeyStoreError('busy', 'too many files at once')
      this.#signings.set(number, await this.#options.store.startSigning(key))
      return new Uint8Array()
    }
    const signing = this.#signings.get(number)
    if (!signing) throw new Malformed('no such signing was begun')
    if (command === 'signPiece') {
      signing.update(reader.rest())
      return new Uint8Array()
    }
    this.#signings.delete(number)
    return signing.sign()
  }

  async #custody(body: Uint8Array): Promise<Uint8Array> {
    const answer = await this.#options.store.custody(parseJson(body) as CustodyQuestion)
    return Buffer.from(JSON.stringify(answer ?? null))
  }
}

function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString())
  } catch {
    throw new Malformed('that is not JSON')
  }
}
