// What stands behind our side of the TCP transfer: a member hands in files of its own name and kinds, which then go the way of any arrival,
// and fetches what was published for it, which is acknowledged when the last block was.
import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { parseDay } from '../../../clearing/business-day.ts'
import { parseFileName, type FileKind } from '../../../clearing/card-files/file-names.ts'
import { transaction } from '../../../clearing/database.ts'
import { offerFile, openPartialFiles } from '../../../clearing/transfer/partial-files.ts'
import {
  transferCodes,
  type TransferCode,
  type TransferFile,
  type TransferStore
} from '../../../clearing/transfer/serve-transfers.ts'
import type { Parts } from '../../parts.ts'
import { receiveArrival, uploadBytesMax } from '../receive-arrival.ts'
import { findTransferMember, isNameTaken, listFilesFor, markReceived, type TransferMember } from './transfer-queries.ts'

const kindsOf: Record<TransferMember['role'], readonly FileKind[]> = {
  acquirer: ['CD', 'CQ', 'ED', 'CM'],
  issuer: ['UC', 'ED', 'CM']
}

export function openMemberStore(
  parts: Pick<Parts, 'sql' | 'context' | 'clock' | 'queue'>
): TransferStore<TransferMember> {
  const { sql, context, clock, queue } = parts
  const partial = openPartialFiles(join(context.folders.inbox, '.transfers'), { bytesMax: uploadBytesMax })
  return {
    async admit(organisation, address) {
      const member = await findTransferMember(sql, organisation, plainAddress(address))
      return member ? { member } : null
    },
    async begin(member, file) {
      if (!mayHandIn(member, file) || (await isNameTaken(sql, file.name))) return { code: transferCodes.fileRefused }
      return await partial.begin(member.code, file)
    },
    write: async (member, file, bytes, at) => await partial.write(member.code, file, bytes, at),
    finish: async (member, file) =>
      await partial.finish(member.code, file, async (path): Promise<TransferCode> => {
        const upload = { name: file.name, format: null, contentDigest: null, signature: null, receivedBy: null }
        await receiveArrival({ sql, context }, { ...upload, source: 'transfer' }, createReadStream(path), clock())
        queue.hint('take-arrivals', 'waiting')
        return transferCodes.done
      }),
    async offer(member, text) {
      const day = parseDay(text)
      const files = day ? await listFilesFor(sql, member.id, day) : []
      return await Promise.all(
        files.map(
          async ({ id, name, storedAs }) =>
            await offerFile(join(context.folders.published, storedAs), name, async () => {
              await transaction(sql, async (tx) => await markReceived(tx, id, { way: 'transfer', now: clock() }))
            })
        )
      )
    }
  }
}

function mayHandIn({ code, role }: TransferMember, { name }: TransferFile): boolean {
  const parsed = parseFileName(name)
  return !('fault' in parsed) && parsed.organisation === code && kindsOf[role].includes(parsed.kind)
}

/** An IPv4 caller on a socket that speaks both. */
function plainAddress(address: string): string {
  return address.replace(/^::ffff:/, '')
}
