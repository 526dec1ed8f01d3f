// Looks for bytes in the whole memory of another process of ours (proc(5): maps, mem), as an intruder with our rights would.
import { closeSync, openSync, readFileSync, readSync } from 'node:fs'

const CHUNK = 16 << 20

/** Which of the needles are anywhere in its readable memory: as they are, or written in hexadecimal of either case. */
export function findInMemory(pid: number, needles: ReadonlyMap<string, Uint8Array>): Set<string> {
  const wanted = wantedForms(needles)
  const found = new Set<string>()
  const memory = openSync(`/proc/${pid}/mem`, 'r')
  const chunk = Buffer.alloc(CHUNK)
  try {
    for (const [begin, end] of readableMaps(pid)) {
      // Pieces overlap by more than the longest needle.
      for (let at = begin; at < end; at += CHUNK - 256) {
        const length = readAt(memory, chunk, at, Math.min(CHUNK, end - at))
        search(chunk.subarray(0, length), wanted, found)
      }
    }
  } finally {
    closeSync(memory)
  }
  return found
}

interface Form {
  name: string
  bytes: Buffer
}

/** By their first two bytes, so that one pass over the memory looks for all of them. */
function wantedForms(needles: ReadonlyMap<string, Uint8Array>): (Form[] | undefined)[] {
  const wanted: (Form[] | undefined)[] = Array.from({ length: 65_536 })
  for (const [name, bytes] of needles) {
    for (const form of [Buffer.from(bytes), Buffer.from(bytes.toHex()), Buffer.from(bytes.toHex().toUpperCase())]) {
      const start = form.readUInt16BE(0)
      wanted[start] = [...(wanted[start] ?? []), { name, bytes: form }]
    }
  }
  return wanted
}

function search(memory: Buffer, wanted: readonly (Form[] | undefined)[], found: Set<string>): void {
  const starts = Uint8Array.from(wanted, (forms) => (forms ? 1 : 0))
  for (let at = 0; at + 1 < memory.length; at++) {
    const start = (memory[at]! << 8) | memory[at + 1]!
    if (starts[start] === 0) continue
    for (const { name, bytes } of wanted[start]!) {
      if (!found.has(name) && memory.subarray(at, at + bytes.length).equals(bytes)) found.add(name)
    }
  }
}

function readableMaps(pid: number): [number, number][] {
  return readFileSync(`/proc/${pid}/maps`, 'utf8')
    .split('\n')
    .flatMap((line): [number, number][] => {
      const [, begin, end, rights, name] = /^([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ \d+\s*(.*)$/.exec(line) ?? []
      // The kernel's own pages cannot be read this way.
      if (!rights?.startsWith('r') || name?.startsWith('[v')) return []
      return [[parseInt(begin!, 16), parseInt(end!, 16)]]
    })
}

/** A page may have gone since the maps were read. */
function readAt(memory: number, chunk: Buffer, at: number, length: number): number {
  try {
    return readSync(memory, chunk, 0, length, at)
  } catch {
    return 0
  }
}
