// The file behind a claim: every ride with what it cost, what its counter stood at and what of its discount this bearer bears; taken back
// rides with a minus; the sum last. The same claim gives the same bytes whenever it is made: nothing in here looks at a clock.
import { open } from 'node:fs/promises'
import { sm3Hasher } from '../../card-crypto/sm3.ts'
import { wallClock } from '../business-day.ts'
import type { Queryable } from '../database.ts'
import { sumFen, fen, zeroFen, type Fen } from '../money.ts'
import { refuse } from '../refusals.ts'
import { byteOrderMark, csvLine, serviceNames } from '../statements/statement-csv.ts'
import { claimedRides, type ClaimedRide, type SubsidyClaim } from './claim-queries.ts'

const columns = [
  '交易号 transaction',
  '时间 occurred_at',
  '运营方 operator',
  '发卡机构 issuer',
  '服务 service',
  '方案 scheme',
  '卡种 class',
  '应收（分）price',
  '优惠后（分）due',
  '实收（分）charged',
  '当月此前次数 rides_before',
  '当月此前实付（分）paid_before',
  '档 tier',
  '计价或冲回 sign',
  '本方承担（分）share'
]

export interface MadeClaimFile {
  size: number
  lines: number
  digest: Uint8Array
}

/** Throws statement-sums-differ when the rides do not come to the claim. */
export async function makeClaimFile(sql: Queryable, claim: SubsidyClaim, path: string): Promise<MadeClaimFile> {
  const handle = await open(path, 'w', 0o640)
  const hasher = sm3Hasher()
  const made = { size: 0, lines: 0, amount: zeroFen }
  const write = async (text: string): Promise<void> => {
    const bytes = Buffer.from(text)
    hasher.update(bytes)
    made.size += bytes.length
    await handle.writeFile(bytes)
  }
  try {
    await write(byteOrderMark + csvLine(columns))
    for await (const rides of claimedRides(sql, claim)) {
      await write(rides.map(rideLine).join(''))
      made.lines += rides.length
      made.amount = fen(made.amount + sumFen(rides.map(({ part }) => part)))
    }
    await write(sumLine(claim, made.amount))
    await handle.sync()
  } finally {
    await handle.close()
  }
  if (made.amount !== claim.amount)
    throw refuse('statement-sums-differ', { claim: claim.id, expected: claim.amount, written: made.amount })
  return { size: made.size, lines: made.lines, digest: hasher.digest() }
}

function rideLine(ride: ClaimedRide): string {
  return csvLine([
    ride.id,
    wallClock(ride.occurredAt),
    ride.operator,
    ride.issuer,
    serviceNames[ride.service]?.[0] ?? String(ride.service),
    ride.scheme,
    ride.riderClass,
    ride.price,
    ride.due,
    ride.charged,
    ride.ridesBefore,
    ride.paidBefore,
    ride.tier,
    ride.sign,
    ride.part
  ])
}

function sumLine({ code, month, number }: SubsidyClaim, amount: Fen): string {
  const blanks = Array.from({ length: columns.length - 4 }, () => '')
  return csvLine([`合计 sum ${code}`, month.slice(0, 7), number, ...blanks, amount])
}
