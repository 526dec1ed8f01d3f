// Spreads batches of TACs over worker threads. Threads start with the first batch, keep nobody's process alive while idle, and are
// replaced when one dies.
import { Worker } from 'node:worker_threads'
import { TAC_RECORD, type TacRootKey } from './tac-batch.ts'
import type { TacPiece, TacPieceVerdicts, TacRoots } from './tac-worker.ts'

/** Big enough to hide the message, small enough that the last piece does not leave the other threads idle. */
const PIECE = 8192

/** One being verified, one waiting at the thread, so that no thread waits for us. */
const PIECES_PER_THREAD = 2

interface Job {
  records: Uint8Array
  from: number
  count: number
  /** A thread died over it. It gets one more try, for it may have been another piece that killed the thread. */
  lost: boolean
  resolve(verdicts: Uint8Array): void
  reject(error: Error): void
}

interface Thread {
  worker: Worker
  jobs: Map<number, Job>
}

export class TacPool {
  readonly #size: number
  readonly #threads: Thread[] = []
  readonly #queue: Job[] = []
  #roots: readonly TacRootKey[] = []
  #lastId = 0
  #closed = false

  constructor(size: number) {
    this.#size = size
  }

  /** The keys that every piece given out from now on is verified with. */
  setRoots(roots: readonly TacRootKey[]): void {
    this.#roots = roots
    for (const { worker } of this.#threads) tellRoots(worker, roots)
  }

  /** One verdict byte per record. Records are copied piece by piece; in shared memory they are read where they lie. */
  async verify(records: Uint8Array, count: number): Promise<Uint8Array<ArrayBuffer>> {
    if (this.#closed) throw poolClosed()
    const verdicts = new Uint8Array(count)
    const length = Math.min(PIECE, Math.ceil(count / this.#size))
    const pieces: Promise<void>[] = []
    for (let from = 0; from < count; from += length) {
      const settled = new Promise<Uint8Array>((resolve, reject) => {
        this.#queue.push({ records, from, count: Math.min(length, count - from), lost: false, resolve, reject })
      })
      pieces.push(settled.then((piece) => verdicts.set(piece, from)))
    }
    this.#feed()
    await Promise.all(pieces)
    return verdicts
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const job of this.#queue.splice(0)) job.reject(poolClosed())
    // An idle thread keeps nobody waiting, so the process could end before its end is told.
    for (const { worker } of this.#threads) worker.ref()
    await Promise.all(this.#threads.map(({ worker }) => worker.terminate()))
  }

  /** Gives every thread its first piece before any its second. */
  #feed(): void {
    while (this.#queue.length > 0 && this.#threads.length < this.#size) this.#threads.push(this.#start())
    for (let depth = 0; depth < PIECES_PER_THREAD; depth++) {
      for (const thread of this.#threads) {
        if (thread.jobs.size <= depth && this.#queue.length > 0) this.#give(thread, this.#queue.shift()!)
      }
    }
    for (const { worker, jobs } of this.#threads) {
      if (jobs.size > 0) worker.ref()
      else worker.unref()
    }
  }

  #start(): Thread {
    const worker = new Worker(new URL('./tac-worker.ts', import.meta.url))
    const thread: Thread = { worker, jobs: new Map() }
    worker.on('message', ({ id, verdicts }: TacPieceVerdicts) => {
      thread.jobs.get(id)!.resolve(verdicts)
      thread.jobs.delete(id)
      this.#feed()
    })
    worker.on('error', (error: Error) => this.#lose(thread, error))
    worker.on('exit', () => this.#lose(thread, new Error('a TAC worker thread ended')))
    tellRoots(worker, this.#roots)
    return thread
  }

  #give(thread: Thread, job: Job): void {
    const id = ++this.#lastId
    thread.jobs.set(id, job)
    const begin = job.from * TAC_RECORD.stride
    const records = job.records.subarray(begin, begin + job.count * TAC_RECORD.stride)
    const shared = records.buffer instanceof SharedArrayBuffer
    const piece: TacPiece = { id, records: shared ? records : new Uint8Array(records), count: job.count }
    thread.worker.postMessage(piece, shared ? [] : [piece.records.buffer as ArrayBuffer])
  }

  #lose(thread: Thread, error: Error): void {
    const place = this.#threads.indexOf(thread)
    if (place < 0) return
    this.#threads.splice(place, 1)
    for (const job of thread.jobs.values()) {
      if (this.#closed) job.reject(poolClosed())
      else if (job.lost) job.reject(error)
      else this.#queue.push({ ...job, lost: true })
    }
    if (!this.#closed) this.#feed()
  }
}

function poolClosed(): Error {
  return new Error('the TAC pool is closed')
}

function tellRoots(worker: Worker, roots: readonly TacRootKey[]): void {
  const message: TacRoots = { roots }
  worker.postMessage(message, [])
}
