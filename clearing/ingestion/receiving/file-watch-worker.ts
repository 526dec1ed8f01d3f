// The thread of file-watch.ts: looks at each block it is told of and says when it has; asked for the end, answers what it found.
import { parentPort, workerData } from 'node:worker_threads'
import { watchBytes, type SignatureClaim } from './file-watch.ts'

const watch = watchBytes((workerData as SignatureClaim | null) ?? undefined)

parentPort!.on('message', (block: Uint8Array | null) => {
  if (block === null) return parentPort!.postMessage(watch.end(), [])
  watch.look(Buffer.from(block.buffer, block.byteOffset, block.length))
  parentPort!.postMessage(null, [])
})
