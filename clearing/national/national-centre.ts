// The national centre as we see it: files are handed to it and fetched from it, over the TCP transfer of the interface. What stands behind
// the port is theirs, or the simulator of the sample province (simulated-centre.ts).
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { compactDay, type BusinessDay } from '../business-day.ts'
import { fetchFiles, sendFiles, type Counterpart } from '../transfer/exchange-files.ts'
import { offerFile, openPartialFiles } from '../transfer/partial-files.ts'
import { transferCodes, type TransferCode } from '../transfer/serve-transfers.ts'

export interface NationalCentre {
  /** The answer to the file: '00' when they have it. Rejects when the line breaks; sent again it goes on. */
  send(path: string, name: string): Promise<string>
  /** Every result of their day that `wants` it, whole; `take` is called for each before it is acknowledged. */
  fetch(
    day: BusinessDay,
    wants: (name: string) => boolean,
    take: (path: string, name: string) => Promise<void>
  ): Promise<void>
}

/** A result has at most a million records of 495 bytes. */
const resultBytesMax = 600_000_000

/** `workshop` is where what is on its way lies. */
export function openNationalCentre(counterpart: Counterpart, workshop: string): NationalCentre {
  const partial = openPartialFiles(join(workshop, '.from-national'), { bytesMax: resultBytesMax })
  return {
    async send(path, name) {
      return (await sendFiles(counterpart, [await offerFile(path, name)])).get(name)!
    },
    async fetch(day, wants, take) {
      await fetchFiles(counterpart, compactDay(day), {
        begin: async (file) =>
          wants(file.name) ? await partial.begin('national', file) : { code: transferCodes.fileRefused },
        write: async (file, bytes, at) => await partial.write('national', file, bytes, at),
        finish: async (file) =>
          await partial.finish('national', file, async (path): Promise<TransferCode> => {
            await take(path, file.name)
            await rm(path, { force: true })
            return transferCodes.done
          })
      })
    }
  }
}
