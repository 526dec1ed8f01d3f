// Looks for bytes in the whole memory of another process of ours (proc(5): maps, mem), as an intruder with our rights would.
import { closeSync, openSync, readFileSync, readSync } from 'node:fs'

const CHUNK = 16 << 20

/** Which of the needles are anywhere in its readable memory: as they are, or written in hexadecimal of either case. */
export function findInMemory(pid: number, needles: ReadonlyMap<string, Uint8Array>): Set<string> {
  const wanted = [...needles].flatMap(([name, bytes]) =>
    [Buffer.from(bytes), Buffer.from(bytes.toHex()), Buffer.from(bytes.toHex().toUpperCase())].map(
      (form) => [name, form] as const
    )
  )
  const found = new Set<string>()
  const memory = openSync(`/proc/${pid}/mem`, 'r')
  const chunk = Buffer.alloc(CHUNK)
  try {
    for (const [begin, end] of readableMaps(pid)) {
      // Pieces overlap by more than the longest needle.
      for (let at = begin; at < end; at += CHUNK - 256) {
        const length = readAt(memory, chunk, at, Math.min(CHUNK, end - at))
        const bytes = chunk.subarray(0, length)
        for (const [name, form] of wanted) if (!found.has(name) && bytes.includes(form)) found.add(name)
      }
    }
  } finally {
    closeSync(memory)
  }
  return found
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
