// The server's side of the TCP transfer (card.md §2.11): members hand files in, going on where a broken connection left off, and fetch
// their results; a result is acknowledged when its last block was. What is kept, and who may do what, the store decides.
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { Conversation, type ConversationTerms } from './conversation.ts'
import {
  dataBytesMax,
  downloadRequest,
  endOfTransfer,
  fileCount,
  fileInfo,
  packetKinds,
  resumePoint,
  TransferFault,
  uploadRequest,
  type Mac
} from './packets.ts'

/** 00 is the source's; the others are ours. */
export const transferCodes = {
  done: '00',
  notAdmitted: '01',
  fileRefused: '02',
  tooLarge: '03',
  digestDiffers: '04',
  tooMany: '05',
  busy: '06'
} as const
export type TransferCode = (typeof transferCodes)[keyof typeof transferCodes]

export interface TransferFile {
  name: string
  /** SHA-256, hexadecimal. */
  digest: string
  size: number
}

export interface OfferedFile extends TransferFile {
  read(at: number, length: number): Promise<Buffer>
  /** The receiver has every byte. */
  acknowledge(): Promise<void>
}

export interface TransferStore<Member = unknown> {
  /** Null when the organisation may not, or not from there. */
  admit(organisation: string, address: string): Promise<{ member: Member; mac?: Mac } | null>
  /** How much of the file is here, or why it is not wanted. */
  begin(member: Member, file: TransferFile): Promise<{ received: number } | { code: TransferCode }>
  write(member: Member, file: TransferFile, bytes: Buffer, at: number): Promise<void>
  /** Every byte came: is it the file that was announced? */
  finish(member: Member, file: TransferFile): Promise<TransferCode>
  /** The results of a day, YYYYMMDD. */
  offer(member: Member, day: string): Promise<OfferedFile[]>
}

export interface TransferTerms extends ConversationTerms {
  host: string
  port: number
  store: TransferStore
  connectionsMax?: number
  filesMax?: number
  complain?: (problem: string) => void
}

export interface TransferServer {
  port: number
  stop(): Promise<void>
}

export async function serveTransfers(terms: TransferTerms): Promise<TransferServer> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    void converse(socket, terms)
  })
  server.maxConnections = terms.connectionsMax ?? 64
  await listen(server, terms)
  return {
    port: (server.address() as AddressInfo).port,
    async stop() {
      for (const socket of sockets) socket.destroy()
      await new Promise((done) => server.close(done))
    }
  }
}

async function listen(server: Server, { host, port }: TransferTerms): Promise<void> {
  await new Promise<void>((done, failed) => {
    server.once('error', failed)
    server.listen(port, host, () => done())
  })
}

async function converse(socket: Socket, terms: TransferTerms): Promise<void> {
  const conversation = new Conversation(socket, terms)
  try {
    const first = await conversation.hear(packetKinds.uploadRequest, packetKinds.downloadRequest)
    if (first.kind === packetKinds.uploadRequest) await takeFiles(conversation, socket, first.fields, terms)
    else await giveFiles(conversation, socket, first.fields, terms)
  } catch (error) {
    if (!(error instanceof TransferFault)) terms.complain?.(`transfer: ${String(error)}`)
  } finally {
    conversation.close()
  }
}

/** 4001→4008→4006→4008→(4003→4005→(4004→4008)*)*→4007→4008: the middle once for each file, our reading. */
async function takeFiles(
  conversation: Conversation,
  socket: Socket,
  request: Buffer,
  { store, filesMax = 9999 }: TransferTerms
): Promise<void> {
  const { organisation } = readFields(uploadRequest, request)
  const admitted = await store.admit(organisation, socket.remoteAddress ?? '')
  if (!admitted) return await conversation.replyCode(transferCodes.notAdmitted)
  await conversation.replyCode(transferCodes.done)
  const { count } = readFields(fileCount, (await conversation.hear(packetKinds.count)).fields)
  if (count > filesMax) return await conversation.replyCode(transferCodes.tooMany)
  await conversation.replyCode(transferCodes.done)
  for (;;) {
    const packet = await conversation.hear(packetKinds.fileInfo, packetKinds.end)
    if (packet.kind === packetKinds.end) return await conversation.replyCode(transferCodes.done)
    await takeFile(conversation, { store, member: admitted.member, info: packet.fields })
  }
}

interface Taking {
  store: TransferStore
  member: unknown
  info: Buffer
}

async function takeFile(conversation: Conversation, { store, member, info }: Taking): Promise<void> {
  const file = readFields(fileInfo, info)
  const begun = await store.begin(member, file)
  const received = 'code' in begun ? 0 : begun.received
  const code = 'code' in begun ? begun.code : transferCodes.done
  await conversation.reply(packetKinds.resume, resumePoint.write({ received, code }))
  if (code !== transferCodes.done) return
  for (let at = received; ;) {
    const { fields } = await conversation.hear(packetKinds.data)
    const [last, bytes] = [fields.toString('latin1', 0, 1), fields.subarray(1)]
    if (last !== '0' && last !== '1') throw new TransferFault('a block that does not say whether it is the last')
    if (at + bytes.length > file.size) throw new TransferFault('more bytes than were announced')
    await store.write(member, file, bytes, at)
    at += bytes.length
    const ended = last === '1'
    if (ended !== (at === file.size)) throw new TransferFault('the last block is not where the size says')
    await conversation.replyCode(ended ? await store.finish(member, file) : transferCodes.done)
    if (ended) return
  }
}

/** 4002→4006→4008→(4003→4005→(4004→4008)*)*→4007→4008. */
async function giveFiles(
  conversation: Conversation,
  socket: Socket,
  request: Buffer,
  { store }: TransferTerms
): Promise<void> {
  const { organisation, day } = readFields(downloadRequest, request)
  const admitted = await store.admit(organisation, socket.remoteAddress ?? '')
  const files = admitted ? (await store.offer(admitted.member, day)).slice(0, 9999) : []
  const code = admitted ? transferCodes.done : transferCodes.notAdmitted
  await conversation.reply(packetKinds.count, fileCount.write({ count: files.length, code }))
  if (!admitted || (await conversation.hearCode()) !== transferCodes.done) return
  for (const file of files) await giveFile(conversation, file)
  await conversation.send(packetKinds.end, endOfTransfer)
  await conversation.hearCode()
}

/** Blocks that were not answered are not acknowledged; the receiver says where to go on. */
export async function giveFile(conversation: Conversation, file: OfferedFile): Promise<string> {
  const { name, digest, size } = file
  await conversation.send(packetKinds.fileInfo, fileInfo.write({ name, digest, size }))
  const resume = readFields(resumePoint, (await conversation.hear(packetKinds.resume)).fields)
  if (resume.code !== transferCodes.done) return resume.code
  if (resume.received > size) throw new TransferFault('the resume point lies beyond the file')
  let at = resume.received
  // An empty file is one empty block.
  do {
    const bytes = await file.read(at, Math.min(dataBytesMax, size - at))
    at += bytes.length
    await conversation.send(packetKinds.data, Buffer.concat([Buffer.from(at === size ? '1' : '0'), bytes]))
    const code = await conversation.hearCode()
    if (code !== transferCodes.done) return code
  } while (at < size)
  await file.acknowledge()
  return transferCodes.done
}

export function readFields<Value>(layout: { width: number; read(bytes: Buffer): Value }, fields: Buffer): Value {
  if (fields.length !== layout.width) throw new TransferFault(`${fields.length} bytes where ${layout.width} are due`)
  try {
    return layout.read(fields)
  } catch (error) {
    throw new TransferFault((error as Error).message)
  }
}
