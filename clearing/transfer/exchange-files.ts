// The client's side of the TCP transfer: hands files to another centre and fetches what it has for us. A broken connection is begun again by
// the caller; both sides then go on where the receiver's bytes end.
import { connect } from 'node:net'
import { once } from 'node:events'
import { Conversation, type ConversationTerms } from './conversation.ts'
import {
  downloadRequest,
  endOfTransfer,
  fileCount,
  fileInfo,
  packetKinds,
  resumePoint,
  TransferFault,
  uploadRequest
} from './packets.ts'
import { giveFile, readFields, transferCodes, type OfferedFile, type TransferFile } from './serve-transfers.ts'

export interface Counterpart extends ConversationTerms {
  host: string
  port: number
  /** Ours, as the other side knows us. */
  organisation: string
  shortName: string
}

export interface ReceivingStore {
  begin(file: TransferFile): Promise<{ received: number } | { code: string }>
  write(file: TransferFile, bytes: Buffer, at: number): Promise<void>
  /** '00' when it is the file that was announced. */
  finish(file: TransferFile): Promise<string>
}

/** The answer to each file, by name: '00' when the other side has it. */
export async function sendFiles(to: Counterpart, files: readonly OfferedFile[]): Promise<Map<string, string>> {
  return await connected(to, async (conversation) => {
    const answers = new Map<string, string>()
    const { organisation, shortName } = to
    await conversation.send(packetKinds.uploadRequest, uploadRequest.write({ organisation, shortName }))
    expectDone(await conversation.hearCode())
    await conversation.send(packetKinds.count, fileCount.write({ count: files.length, code: '00' }))
    expectDone(await conversation.hearCode())
    for (const file of files) answers.set(file.name, await giveFile(conversation, file))
    await conversation.send(packetKinds.end, endOfTransfer)
    expectDone(await conversation.hearCode())
    return answers
  })
}

/** What the other side has for us of a day (YYYYMMDD): the files that are whole now. */
export async function fetchFiles(from: Counterpart, day: string, store: ReceivingStore): Promise<TransferFile[]> {
  return await connected(from, async (conversation) => {
    const { organisation, shortName } = from
    await conversation.send(packetKinds.downloadRequest, downloadRequest.write({ organisation, shortName, day }))
    const { count, code } = readFields(fileCount, (await conversation.hear(packetKinds.count)).fields)
    expectDone(code)
    await conversation.replyCode(transferCodes.done)
    const fetched: TransferFile[] = []
    for (let index = 0; index < count; index++) {
      const { fields } = await conversation.hear(packetKinds.fileInfo)
      const file = readFields(fileInfo, fields)
      if (await fetchFile(conversation, file, store)) fetched.push(file)
    }
    await conversation.hear(packetKinds.end)
    await conversation.replyCode(transferCodes.done)
    return fetched
  })
}

/** False when the store does not want it. */
async function fetchFile(conversation: Conversation, file: TransferFile, store: ReceivingStore): Promise<boolean> {
  const begun = await store.begin(file)
  const received = 'code' in begun ? 0 : begun.received
  const code = 'code' in begun ? begun.code : transferCodes.done
  await conversation.reply(packetKinds.resume, resumePoint.write({ received, code }))
  if (code !== transferCodes.done) return false
  for (let at = received; ;) {
    const { fields } = await conversation.hear(packetKinds.data)
    const bytes = fields.subarray(1)
    if (at + bytes.length > file.size) throw new TransferFault('more bytes than were announced')
    await store.write(file, bytes, at)
    at += bytes.length
    const ended = fields.toString('latin1', 0, 1) === '1'
    if (ended !== (at === file.size)) throw new TransferFault('the last block is not where the size says')
    const answered = ended ? await store.finish(file) : transferCodes.done
    await conversation.replyCode(answered)
    if (ended) return answered === transferCodes.done
  }
}

async function connected<Result>(to: Counterpart, work: (conversation: Conversation) => Promise<Result>) {
  const socket = connect({ host: to.host, port: to.port })
  const conversation = new Conversation(socket, to)
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(to.patienceMs ?? 30_000) })
    return await work(conversation)
  } finally {
    conversation.close()
  }
}

function expectDone(code: string): void {
  if (code !== transferCodes.done) throw new TransferFault(`the other side answers ${code}`)
}
