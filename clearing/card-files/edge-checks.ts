// What no text file of any format may look like: empty, zipped, or holding NUL bytes.
import type { FileEdges, FrameFault } from './file-format.ts'

export function binaryFault({ size, head, tail }: FileEdges): FrameFault | null {
  if (size === 0) return { fault: '010016', detail: 'the file is empty' }
  if (head.toString('latin1', 0, 4) === 'PK\x03\x04') return { fault: '010010', detail: 'the file is a zip archive' }
  if (head[0] === 0x1f && head[1] === 0x8b) return { fault: '010010', detail: 'the file is compressed with gzip' }
  if (head.includes(0) || tail.includes(0)) return { fault: '010010', detail: 'the file holds NUL bytes' }
  return null
}
