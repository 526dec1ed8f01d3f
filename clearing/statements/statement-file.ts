// A file being made: lines are put into pages in memory without waiting; now and then the full pages are written and digested.
// Nothing is forced to disk in here: whoever publishes the file does that.
import { open, writeFile, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { sm3, sm3Hasher } from '../../card-crypto/sm3.ts'
import { resultRecordsMax, writeResultHeader, type ResultFile } from '../card-files/result-layouts.ts'
import { refuse } from '../refusals.ts'
import type { MadeFile, StatementKind } from './statement-schemas.ts'

/** Which of a participant's files it is, and its name. */
export interface FileTitle {
  participant: number
  kind: StatementKind
  part: number
  name: string
}

const pageBytes = 1 << 18

export class StatementFile {
  readonly #title: FileTitle
  readonly #path: string
  readonly #hasher = sm3Hasher()
  #handle: FileHandle | undefined
  #full: Buffer[] = []
  #used = 0
  #size = 0
  /** The page that is being filled. */
  page = Buffer.allocUnsafe(pageBytes)
  lines = 0

  constructor(folder: string, title: FileTitle) {
    this.#title = title
    this.#path = join(folder, title.name)
  }

  /** Room for a line in the current page; answers where it begins. */
  reserve(width: number): number {
    if (this.#used + width > this.page.length) {
      this.#full.push(this.page.subarray(0, this.#used))
      this.page = Buffer.allocUnsafe(Math.max(pageBytes, width))
      this.#used = 0
    }
    const at = this.#used
    this.#used += width
    return at
  }

  append(bytes: Uint8Array): void {
    const at = this.reserve(bytes.length)
    this.page.set(bytes, at)
  }

  appendLine(bytes: Uint8Array): void {
    this.append(bytes)
    this.lines++
  }

  /** Writes the full pages. */
  async flush(): Promise<void> {
    const pages = this.#full
    this.#full = []
    for (const page of pages) await this.#write(page)
  }

  async finish(): Promise<MadeFile> {
    await this.flush()
    await this.#write(this.page.subarray(0, this.#used))
    await this.close()
    return { ...this.#title, size: this.#size, lines: this.lines, digest: this.#hasher.digest() }
  }

  async close(): Promise<void> {
    await this.#handle?.close()
    this.#handle = undefined
  }

  async #write(bytes: Buffer): Promise<void> {
    this.#handle ??= await open(this.#path, 'wx', 0o640)
    this.#hasher.update(bytes)
    for (let at = 0; at < bytes.length;) at += (await this.#handle.write(bytes, at)).bytesWritten
    this.#size += bytes.length
  }
}

/** A file whose whole content is at hand. */
export async function writeStatementFile(
  folder: string,
  title: FileTitle,
  content: { bytes: Buffer; lines: number }
): Promise<MadeFile> {
  await writeFile(join(folder, title.name), content.bytes, { flag: 'wx', mode: 0o640 })
  return { ...title, size: content.bytes.length, lines: content.lines, digest: sm3(content.bytes) }
}

/** The records of one kind for one member: as many files as the six digits of a header's count ask for. */
export class ResultSeries {
  readonly #folder: string
  readonly #result: Omit<ResultFile, 'records'>
  readonly #titleOf: (part: number) => FileTitle
  readonly #expected: number
  readonly #partMax: number
  readonly #done: MadeFile[] = []
  #finished: StatementFile[] = []
  #parts = 0
  #begun = 0
  current: StatementFile

  /** `expected` is known from the settlement, and must be what comes. */
  constructor(
    folder: string,
    result: Omit<ResultFile, 'records'>,
    {
      expected,
      titleOf,
      partMax = resultRecordsMax
    }: { expected: number; titleOf: (part: number) => FileTitle; partMax?: number }
  ) {
    this.#folder = folder
    this.#result = result
    this.#titleOf = titleOf
    this.#expected = expected
    this.#partMax = partMax
    this.current = this.#nextPart()
  }

  /** Room for the next record, in `current.page`. */
  reserve(width: number): number {
    if (this.current.lines === this.#partMax) {
      this.#finished.push(this.current)
      this.current = this.#nextPart()
    }
    this.current.lines++
    return this.current.reserve(width)
  }

  async flush(): Promise<void> {
    for (const file of this.#finished) this.#done.push(await file.finish())
    this.#finished = []
    await this.current.flush()
  }

  async finish(): Promise<MadeFile[]> {
    await this.flush()
    this.#done.push(await this.current.finish())
    const written = this.#done.reduce((sum, file) => sum + file.lines, 0)
    if (written !== this.#expected)
      throw refuse('statement-sums-differ', { kind: this.#result.kind, expected: this.#expected, written })
    return this.#done
  }

  async close(): Promise<void> {
    await this.current.close()
  }

  #nextPart(): StatementFile {
    const records = Math.max(0, Math.min(this.#partMax, this.#expected - this.#begun))
    this.#begun += records
    this.#parts++
    const file = new StatementFile(this.#folder, this.#titleOf(this.#parts))
    file.append(writeResultHeader({ ...this.#result, records }))
    return file
  }
}
