// What every byte of an incoming file is looked at for: its digest, that it is text, and that its sender signed it. The digest takes a
// core to itself, so a long file is looked at on other threads, block by block where the block lies: the thread that receives it
// has another file to load meanwhile.
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { sm2StreamVerifier } from '../../../card-crypto/sm2.ts'
import { sm3Hasher } from '../../../card-crypto/sm3.ts'
import { watchText, type TextFindings } from './text-watch.ts'

/** A signature that still has to be held against the bytes. */
export interface SignatureClaim {
  publicKey: Uint8Array
  /** r‖s, 64 bytes. */
  signature: Uint8Array
}

export interface WatchFindings extends TextFindings {
  /** False as well when no signature was claimed. */
  signatureHolds: boolean
}

export interface FileWatch<Findings> {
  /** Blocks in file order; one may be overwritten once the answer is there. */
  look(block: Buffer): Promise<void> | void
  end(): Promise<Findings> | Findings
  /** Of no use after the end; before it, gives the file up. */
  close(): Promise<void>
}

/** The looking itself, on whichever thread. */
interface Looking<Findings> {
  look(block: Buffer): void
  end(): Findings
}

/** For the text and the signature. */
export function watchBytes(claim?: SignatureClaim): Looking<WatchFindings> {
  const text = watchText()
  const verifier = claim && sm2StreamVerifier(claim.publicKey)
  return {
    look(block) {
      verifier?.update(block)
      text.look(block)
    },
    end: () => ({ ...text.end(), signatureHolds: claim !== undefined && verifier!.verify(claim.signature) })
  }
}

/** For the SM3 digest. */
export function digestBytes(): Looking<Uint8Array> {
  const hasher = sm3Hasher()
  return { look: (block) => void hasher.update(block), end: () => hasher.digest() }
}

/** Looks on the caller's own thread. */
export function here<Findings>(looking: Looking<Findings>): FileWatch<Findings> {
  return { ...looking, close: async () => undefined }
}

/** What the thread of file-watch-worker.ts is to look for. */
export type WatchTask = { for: 'digest' } | { for: 'text'; claim?: SignatureClaim | undefined }

/** Looks on a thread of its own. Blocks must lie in shared memory. */
export function elsewhere(task: { for: 'digest' }): FileWatch<Uint8Array>
export function elsewhere(task: { for: 'text'; claim?: SignatureClaim | undefined }): FileWatch<WatchFindings>
export function elsewhere(task: WatchTask): FileWatch<unknown> {
  const worker = new Worker(new URL('./file-watch-worker.ts', import.meta.url), { workerData: task })
  const waiting: { done(answer: unknown): void; failed(error: Error): void }[] = []
  let failure: Error | undefined
  const fail = (error: Error): void => {
    failure ??= error
    for (const each of waiting.splice(0)) each.failed(failure)
  }
  // Answers come in the order of the questions.
  worker.on('message', (answer: unknown) => waiting.shift()!.done(answer))
  worker.on('error', fail)
  worker.on('exit', () => fail(new Error('the thread that watches a file ended')))
  const ask = async (question: Buffer | null): Promise<unknown> => {
    if (failure) throw failure
    return await new Promise((done, failed) => {
      waiting.push({ done, failed })
      worker.postMessage(question, [])
    })
  }
  return {
    async look(block) {
      await ask(block)
    },
    end: async () => await ask(null),
    async close() {
      if (failure) return
      const gone = once(worker, 'exit')
      await worker.terminate()
      await gone
    }
  }
}
