// Asks a server as fast as it answers: some connections, each with several requests on their way (HTTP/1.1 pipelining), written
// straight to sockets so that the asking costs the machine little.
import { connect } from 'node:net'

export interface LoadResult {
  answers: number
  perSecond: number
  p50Ms: number
  p95Ms: number
  p99Ms: number
  /** How often each status was answered. */
  statuses: Record<number, number>
}

export interface LoadOptions {
  url: string
  /** The target of the next request, path and query; asked once per request. */
  target: () => string
  seconds: number
  connections: number
  /** Requests under way on one connection. */
  depth: number
}

export async function askPipelined(options: LoadOptions): Promise<LoadResult> {
  const { hostname, port } = new URL(options.url)
  const until = performance.now() + options.seconds * 1000
  const latencies: number[] = []
  const statuses: Record<number, number> = {}
  const begun = performance.now()
  const one = async (): Promise<void> =>
    await new Promise((done, failed) => {
      const socket = connect(Number(port), hostname)
      const sentAt: number[] = []
      let rest: Buffer = Buffer.alloc(0)
      const send = (count: number): void => {
        let text = ''
        for (let each = 0; each < count; each++) {
          text += `GET ${options.target()} HTTP/1.1\r\nhost: ${hostname}\r\n\r\n`
          sentAt.push(performance.now())
        }
        socket.write(text)
      }
      socket.setNoDelay(true)
      socket.once('error', failed)
      socket.once('close', () => done())
      socket.once('connect', () => send(options.depth))
      socket.on('data', (chunk: Buffer) => {
        rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
        const now = performance.now()
        let read = 0
        let answered = 0
        for (;;) {
          const answer = nextAnswer(rest, read)
          if (answer === null) break
          read = answer.end
          answered++
          statuses[answer.status] = (statuses[answer.status] ?? 0) + 1
          latencies.push(now - sentAt.shift()!)
        }
        rest = rest.subarray(read)
        if (now >= until) socket.destroy()
        else if (answered > 0) send(answered)
      })
    })
  await Promise.all(Array.from({ length: options.connections }, one))
  const seconds = (performance.now() - begun) / 1000
  const sorted = Float64Array.from(latencies).sort()
  const quantile = (share: number): number => Number((sorted[Math.floor((sorted.length - 1) * share)] ?? 0).toFixed(2))
  return {
    answers: latencies.length,
    perSecond: Math.round(latencies.length / seconds),
    p50Ms: quantile(0.5),
    p95Ms: quantile(0.95),
    p99Ms: quantile(0.99),
    statuses
  }
}

/** The answer that begins at `from`, when all of it has come. Every answer asked for here has a content-length. */
function nextAnswer(bytes: Buffer, from: number): { status: number; end: number } | null {
  const headEnd = bytes.indexOf('\r\n\r\n', from)
  if (headEnd === -1) return null
  const head = bytes.toString('latin1', from, headEnd)
  const length = /\r\ncontent-length: (\d+)/i.exec(head)
  if (!length) throw new Error(`an answer without a length: ${head}`)
  const end = headEnd + 4 + Number(length[1])
  return end <= bytes.length ? { status: Number(head.slice(9, 12)), end } : null
}
