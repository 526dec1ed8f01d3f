// A thread of file-watch.ts: looks at each block it is told of and says when it has; asked for the end, answers what it found.
import { parentPort, workerData } from 'node:worker_threads'
import { digestBytes, watchBytes, type WatchTask } from './file-watch.ts'

const task = workerData as WatchTask
const watch = task.for === 'digest' ? digestBytes() : watchBytes(task.claim)

parentPort!.on('message', (block: Uint8Array | null) => {
  if (block === null) return parentPort!.postMessage(watch.end(), [])
  watch.look(Buffer.from(block.buffer, block.byteOffset, block.length))
  parentPort!.postMessage(null, [])
})
