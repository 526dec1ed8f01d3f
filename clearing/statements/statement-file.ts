// A file being made, or a stretch of one: lines are put into pages in memory without waiting; now and then the full pages are
// written where they belong. Two who write the same stretch write the same bytes.
import { constants } from 'node:fs'
import { open, writeFile, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { sm3 } from '../../card-crypto/sm3.ts'
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
  readonly title: FileTitle
  readonly #path: string
  readonly #flags: number
  #handle: FileHandle | undefined
  #full: { page: Buffer<ArrayBuffer>; used: number }[] = []
  readonly #spare: Buffer<ArrayBuffer>[] = []
  #used = 0
  #at: number
  /** The page that is being filled. */
  page = Buffer.allocUnsafe(pageBytes)
  lines = 0

  /** `from` is where in the file the stretch begins; the whole file when it is not given. */
  constructor(folder: string, title: FileTitle, from?: number) {
    this.title = title
    this.#path = join(folder, title.name)
    this.#at = from ?? 0
    this.#flags = constants.O_WRONLY | constants.O_CREAT | (from === undefined ? constants.O_TRUNC : 0)
  }

  /** Room for a line in the current page; answers where it begins. */
  reserve(width: number): number {
    if (this.#used + width > this.page.length) {
      this.#full.push({ page: this.page, used: this.#used })
      this.page = (width <= pageBytes ? this.#spare.pop() : undefined) ?? Buffer.allocUnsafe(Math.max(pageBytes, width))
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

  /** Writes the full pages, and keeps them to be filled again. */
  async flush(): Promise<void> {
    const pages = this.#full
    this.#full = []
    for (const { page, used } of pages) {
      await this.#write(page.subarray(0, used))
      if (page.length === pageBytes) this.#spare.push(page)
    }
  }

  /** With the last page, and safe on disk when that is asked for. */
  async finish(safely: boolean): Promise<void> {
    await this.flush()
    await this.#write(this.page.subarray(0, this.#used))
    this.#used = 0
    if (safely) await this.#handle?.datasync()
    await this.close()
  }

  async close(): Promise<void> {
    await this.#handle?.close()
    this.#handle = undefined
  }

  async #write(bytes: Buffer): Promise<void> {
    this.#handle ??= await open(this.#path, this.#flags, 0o640)
    for (let at = 0; at < bytes.length;) {
      const { bytesWritten } = await this.#handle.write(bytes, at, bytes.length - at, this.#at)
      at += bytesWritten
      this.#at += bytesWritten
    }
  }
}

/** A file whose whole content is at hand. */
export async function writeStatementFile(
  folder: string,
  title: FileTitle,
  content: { bytes: Buffer; lines: number }
): Promise<MadeFile> {
  await writeFile(join(folder, title.name), content.bytes, { mode: 0o640 })
  return { ...title, size: content.bytes.length, lines: content.lines, digest: sm3(content.bytes) }
}

/** Whose records they are, how wide, and what their files are called. */
export interface Series {
  folder: string
  result: Omit<ResultFile, 'records'>
  width: number
  titleOf: (part: number) => FileTitle
  /** Records of a file. */
  partMax?: number
}

/** A stretch of the records of one kind for one member, which go into as many files as the six digits of a header's count ask for. */
export class ResultSeries {
  readonly #series: Series
  readonly #partMax: number
  readonly #expected: number
  readonly #end: number
  /** Of the next record among all of the series. */
  #next: number
  #full: StatementFile[] = []
  current: StatementFile

  /** `expected` records in all are known from the settlement; those that come here must be as many as were said. */
  constructor(series: Series, { start, records, expected }: { start: number; records: number; expected: number }) {
    this.#series = series
    this.#partMax = series.partMax ?? resultRecordsMax
    this.#expected = expected
    this.#next = start
    this.#end = start + records
    this.current = this.#open()
  }

  /** Room for the next record, in `current.page`. */
  reserve(width: number): number {
    if (this.current.lines > 0 && this.#next % this.#partMax === 0) {
      this.#full.push(this.current)
      this.current = this.#open()
    }
    // What lies behind it is another's, who may have been there.
    if (this.#next === this.#end) throw this.#differs('more')
    this.#next++
    this.current.lines++
    return this.current.reserve(width)
  }

  /** Lets somebody write the next record where it belongs. */
  put(width: number, write: (page: Buffer, at: number) => void): void {
    const at = this.reserve(width)
    write(this.current.page, at)
  }

  async flush(safely = false): Promise<void> {
    const full = this.#full
    this.#full = []
    for (const file of full) await file.finish(safely)
    await this.current.flush()
  }

  async finish(safely: boolean): Promise<void> {
    await this.flush(safely)
    await this.current.finish(safely)
    if (this.#next !== this.#end) throw this.#differs(this.#next)
  }

  #differs(written: number | 'more'): Error {
    return refuse('statement-sums-differ', { kind: this.#series.result.kind, expected: this.#end, written })
  }

  async close(): Promise<void> {
    for (const file of [...this.#full, this.current]) await file.close()
  }

  /** The part that the next record goes into; whoever has its first record writes its header. */
  #open(): StatementFile {
    const { folder, result, width, titleOf } = this.#series
    const before = this.#next % this.#partMax
    const begun = this.#next - before
    const records = Math.min(this.#partMax, this.#expected - begun)
    const header = writeResultHeader({ ...result, records })
    const at = before === 0 ? 0 : header.length + before * width
    const file = new StatementFile(folder, titleOf(begun / this.#partMax + 1), at)
    if (before === 0) file.append(header)
    return file
  }
}
