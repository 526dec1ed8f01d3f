// The CD files a fabricated day is written into: header, lines, trailer, one open file per acquirer, handed on in large pieces.
import { compactDay, type BusinessDay } from '../business-day.ts'
import { cdHeader, cdTrailer } from '../card-files/cttic-layouts.ts'
import { buildFileName } from '../card-files/file-names.ts'
import { cdLineBytes } from './cd-line-writer.ts'
import type { FabricatedFile } from './manifest.ts'

/** Appends bytes to the file of this name. The bytes are the caller's to keep. */
export type WriteTo = (name: string, bytes: Uint8Array) => void | Promise<void>

export interface CdFiles {
  /** Appends the line that begins at `at`; answers a promise only when bytes had to be handed on. */
  append(acquirer: number, lines: Buffer, at: number): Promise<void> | undefined
  /** Writes the trailers; answers the files in the order they were begun. */
  close(): Promise<FabricatedFile[]>
}

interface OpenFile {
  file: FabricatedFile
  pending: Buffer
  used: number
}

const pieceLines = 512
const lineEnd = Buffer.from('\r\n')

export function openCdFiles(
  acquirers: readonly string[],
  settings: { day: BusinessDay; recordsPerFile: number },
  writeTo: WriteTo
): CdFiles {
  const files: FabricatedFile[] = []
  const sequences = acquirers.map(() => 0)
  const open = acquirers.map((): OpenFile | undefined => undefined)

  function begin(acquirer: number): OpenFile {
    const organisation = acquirers[acquirer]!
    const sequence = ++sequences[acquirer]!
    const name = buildFileName({ kind: 'CD', day: settings.day, time: '233000', organisation, sequence, version: 'A' })
    const begun = {
      file: { name, acquirer: organisation, lines: 0 },
      pending: Buffer.alloc(pieceLines * cdLineBytes),
      used: 0
    }
    files.push(begun.file)
    begun.used = Buffer.concat([headerOf(organisation, settings.day), lineEnd]).copy(begun.pending)
    open[acquirer] = begun
    return begun
  }

  async function handOn(file: OpenFile): Promise<void> {
    const piece = Buffer.from(file.pending.subarray(0, file.used))
    file.used = 0
    await writeTo(file.file.name, piece)
  }

  async function finish(file: OpenFile): Promise<void> {
    await handOn(file)
    // The trailer counts itself and the header.
    const trailer = cdTrailer.write({ records: file.file.lines + 2, macKey: '', mac: '' })
    await writeTo(file.file.name, Buffer.concat([trailer, lineEnd]))
  }

  return {
    append(acquirer, lines, at) {
      const file = open[acquirer] ?? begin(acquirer)
      lines.copy(file.pending, file.used, at, at + cdLineBytes)
      file.used += cdLineBytes
      file.file.lines++
      if (file.file.lines === settings.recordsPerFile) {
        open[acquirer] = undefined
        return finish(file)
      }
      return file.used + cdLineBytes > file.pending.length ? handOn(file) : undefined
    },
    async close() {
      for (const file of open) if (file) await finish(file)
      return files
    }
  }
}

function headerOf(organisation: string, day: BusinessDay): Buffer {
  const date = compactDay(day).slice(2)
  return cdHeader.write({
    organisation,
    batchDate: date,
    settlementDate: date,
    environment: 'PROD',
    version: '00000001'
  })
}
