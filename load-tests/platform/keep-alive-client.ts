// Many clients that each wait for their answer before they ask again, on plain keep-alive sockets, so that asking costs little.
import { connect, type Socket } from 'node:net'

export interface Answer {
  status: number
  body: string
  ms: number
}

export interface Call {
  method: 'GET' | 'PUT' | 'POST' | 'DELETE'
  path: string
  authorization?: string
  body?: unknown
}

export interface Client {
  ask(call: Call): Promise<Answer>
  close(): void
}

interface Waiting {
  resolve: (answer: Answer) => void
  reject: (error: Error) => void
  sentAt: number
}

/** One connection, one request at a time. */
export async function openClient(url: string): Promise<Client> {
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port), noDelay: true })
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('error', reject)
  })
  let rest: Buffer = Buffer.alloc(0)
  let waiting: Waiting | null = null
  const fail = (error: Error): void => {
    waiting?.reject(error)
    waiting = null
  }
  socket.on('error', fail)
  socket.on('close', () => fail(new Error('the server closed the connection')))
  socket.on('data', (chunk: Buffer) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    const answer = wholeAnswer(rest)
    if (!answer || !waiting) return
    rest = Buffer.alloc(0)
    const { resolve, sentAt } = waiting
    waiting = null
    resolve({ ...answer, ms: performance.now() - sentAt })
  })
  return {
    ask: async (call) =>
      await new Promise((resolve, reject) => {
        waiting = { resolve, reject, sentAt: performance.now() }
        send(socket, hostname, call)
      }),
    close: () => void socket.destroy()
  }
}

function send(socket: Socket, host: string, { method, path, authorization, body }: Call): void {
  const text = body === undefined ? '' : JSON.stringify(body)
  const head = `${method} ${path} HTTP/1.1\r\nhost: ${host}\r\n`
  const sender = authorization ? `authorization: ${authorization}\r\n` : ''
  const content = text ? `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(text)}\r\n` : ''
  socket.write(`${head}${sender}${content}\r\n${text}`)
}

/** The answer, once all of it has come; every answer asked for here has a content-length. */
function wholeAnswer(bytes: Buffer): { status: number; body: string } | null {
  const headEnd = bytes.indexOf('\r\n\r\n')
  if (headEnd === -1) return null
  const head = bytes.toString('latin1', 0, headEnd)
  const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0)
  const end = headEnd + 4 + length
  if (bytes.length < end) return null
  return { status: Number(head.slice(9, 12)), body: bytes.toString('utf8', headEnd + 4, end) }
}

/** The value below which this share of the measurements lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort()
  return Number((sorted[Math.floor((sorted.length - 1) * share)] ?? 0).toFixed(1))
}
