// A gate's own record of its scans: each is on the disk before the gate opens, so that pulling the plug loses none that let somebody
// through. A line half written when the power went was never acted on, and is dropped.
import { randomUUID } from 'node:crypto'
import {
  closeSync,
  existsSync,
  fdatasync,
  fdatasyncSync,
  openSync,
  readFileSync,
  truncateSync,
  writeSync
} from 'node:fs'
import { promisify } from 'node:util'
import type { Scan } from '../gate-schemas.ts'

export interface GateLog {
  readonly id: string
  /** Written and not yet acknowledged by the platform, in order. */
  pending: () => readonly Scan[]
  /** Every scan that opened, acknowledged or not: what has been used here. */
  opened: () => readonly Scan[]
  /** Numbers the scan and writes it down; durable when it resolves. */
  append: (scan: Omit<Scan, 'sequence'>) => Promise<Scan>
  acknowledge: (sequence: number) => void
  close: () => void
}

const flush = promisify(fdatasync)

type Line = { log: string } | { scan: Scan } | { acknowledged: number }

export function openGateLog(path: string): GateLog {
  const lines = existsSync(path) ? readLines(path) : []
  const file = openSync(path, 'a')
  const put = (line: Line): void => void writeSync(file, `${JSON.stringify(line)}\n`)
  const write = (line: Line): void => {
    put(line)
    fdatasyncSync(file)
  }
  let id = lines.flatMap((line) => ('log' in line ? [line.log] : []))[0]
  if (id === undefined) write({ log: (id = randomUUID()) })
  let acknowledged = Math.max(0, ...lines.map((line) => ('acknowledged' in line ? line.acknowledged : 0)))
  const scans = lines.flatMap((line) => ('scan' in line ? [line.scan] : []))
  let pending = scans.filter(({ sequence }) => sequence > acknowledged)
  const opened = scans.filter(({ result }) => result === 'OPEN')
  let last = scans.at(-1)?.sequence ?? acknowledged
  return {
    id,
    pending: () => pending,
    opened: () => opened,
    async append(scan) {
      const numbered = { ...scan, sequence: ++last }
      put({ scan: numbered })
      // Many gates wait for one disk here; each for itself.
      await flush(file)
      pending.push(numbered)
      if (numbered.result === 'OPEN') opened.push(numbered)
      return numbered
    },
    acknowledge(sequence) {
      if (sequence <= acknowledged) return
      acknowledged = sequence
      write({ acknowledged })
      pending = pending.filter((scan) => scan.sequence > sequence)
    },
    close: () => closeSync(file)
  }
}

/** The whole lines; what follows the last line feed is cut off. */
function readLines(path: string): Line[] {
  const text = readFileSync(path, 'utf8')
  const end = text.lastIndexOf('\n') + 1
  if (end < text.length) truncateSync(path, Buffer.byteLength(text.slice(0, end)))
  return text
    .slice(0, end)
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Line)
}
