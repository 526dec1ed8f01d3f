// What every byte of an incoming file is looked at for besides its digest: that it is text, and that its sender signed it. The
// digest takes a core to itself, so a long file is watched on another thread, block by block where the block lies.
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { sm2StreamVerifier } from '../../../card-crypto/sm2.ts'
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

export interface FileWatch {
  /** Blocks in file order; one may be overwritten once the answer is there. */
  look(block: Buffer): Promise<void> | void
  end(): Promise<WatchFindings> | WatchFindings
  /** Of no use after the end; before it, gives the file up. */
  close(): Promise<void>
}

/** The looking itself, on whichever thread. */
export function watchBytes(claim?: SignatureClaim): { look(block: Buffer): void; end(): WatchFindings } {
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

/** Watches on the caller's own thread. */
export function watchHere(claim?: SignatureClaim): FileWatch {
  return { ...watchBytes(claim), close: async () => undefined }
}

/** Watches on a thread of its own. Blocks must lie in shared memory. */
export function watchElsewhere(claim?: SignatureClaim): FileWatch {
  const worker = new Worker(new URL('./file-watch-worker.ts', import.meta.url), { workerData: claim })
  const waiting: { done(answer: WatchFindings | null): void; failed(error: Error): void }[] = []
  let failure: Error | undefined
  const fail = (error: Error): void => {
    failure ??= error
    for (const each of waiting.splice(0)) each.failed(failure)
  }
  // Answers come in the order of the questions.
  worker.on('message', (answer: WatchFindings | null) => waiting.shift()!.done(answer))
  worker.on('error', fail)
  worker.on('exit', () => fail(new Error('the thread that watches a file ended')))
  const ask = async (question: Buffer | null): Promise<WatchFindings | null> => {
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
    end: async () => (await ask(null))!,
    async close() {
      if (failure) return
      const gone = once(worker, 'exit')
      await worker.terminate()
      await gone
    }
  }
}
