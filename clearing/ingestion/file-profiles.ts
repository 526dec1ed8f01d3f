// What each kind of incoming file looks like and what its lines must prove. A participant is registered for one profile
// (participant.file_profile): nobody gets round the TAC by sending another format.
import { ctticCd } from '../card-files/cttic-cd.ts'
import { forwardedCl } from '../card-files/exchange/forwarded-cl.ts'
import type { FileFormat } from '../card-files/file-format.ts'
import { shenzhenOpenData } from '../card-files/shenzhen-open-data.ts'

export interface FileProfile {
  format: FileFormat
  /** What the text is written in; a file that cannot be that is refused. */
  encoding: 'gbk' | 'utf-8'
  /** The file name names its sender, who must be an active acquirer and answers for every line. */
  namesSender: boolean
  /** Every line proves itself by its TAC. */
  provesTac: boolean
  /** Brings rides of our own cards alone, from elsewhere. */
  ownCardsOnly: boolean
  /** Zero is a price, too: concessions and free transfers. Otherwise only an entry costs nothing. */
  freeRides: boolean
  /** Sanity limit of one transaction in fen: what one purchase from an e-purse of at most 1,000 yuan can be. */
  amountMax: number
  /** Older transactions are overdue (020005); local policy, the published rule is not known. Null: historical data, any age. */
  overdueDays: number | null
}

export const fileProfiles: Record<FormatName, FileProfile> = {
  cttic: {
    format: ctticCd,
    encoding: 'gbk',
    namesSender: true,
    provesTac: true,
    ownCardsOnly: false,
    freeRides: false,
    amountMax: 100_000,
    overdueDays: 30
  },
  'shenzhen-open-data': {
    format: shenzhenOpenData,
    encoding: 'utf-8',
    namesSender: false,
    provesTac: false,
    ownCardsOnly: false,
    freeRides: true,
    amountMax: 100_000,
    overdueDays: null
  },
  'forwarded-cl': {
    format: forwardedCl,
    encoding: 'gbk',
    namesSender: false,
    provesTac: true,
    ownCardsOnly: true,
    freeRides: false,
    amountMax: 100_000,
    overdueDays: 60
  }
}

export type FormatName = FileFormat['id']

export function isFormatName(text: string): text is FormatName {
  return Object.hasOwn(fileProfiles, text)
}

/** The format a file is taken for when its sender does not say: comma-separated open data by its ending, else the interface's. */
export function formatOfName(name: string): FormatName {
  if (name.toLowerCase().endsWith('.csv')) return 'shenzhen-open-data'
  return /^CL\d/.test(name) ? 'forwarded-cl' : 'cttic'
}
