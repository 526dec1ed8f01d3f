// Vehicles, vessels and crew of the sample carriers, with papers that are in order for a year, except where a newcomer is to see what
// happens when they are not: one coach's insurance ran out, and one vessel's certificate.
import { addDays, shanghaiInstant, type BusinessDay } from '../../../clearing/business-day.ts'
import type { Transaction } from '../../../clearing/database.ts'
import type { Mode } from '../../network/network-schemas.ts'
import type { PaperKind } from '../../station/station-schemas.ts'
import {
  enterConveyance,
  enterCrewMember,
  enterPaper,
  findConveyance,
  findCrew
} from '../../station/register/register-queries.ts'

interface Fleet {
  carrier: string
  mode: Mode
  codes: string
  crewCodes: string
  size: number
  places: number
}

const fleets: Fleet[] = [
  { carrier: 'C01', mode: 'coach', codes: '粤A示', crewCodes: 'C01-', size: 40, places: 49 },
  { carrier: 'C02', mode: 'coach', codes: '粤H示', crewCodes: 'C02-', size: 16, places: 45 },
  { carrier: 'F01', mode: 'ferry', codes: '示例海峡', crewCodes: 'F01-', size: 12, places: 999 },
  { carrier: 'F02', mode: 'ferry', codes: '示例珠江', crewCodes: 'F02-', size: 12, places: 300 }
]

const papers: Record<Mode, { conveyance: PaperKind[]; crew: PaperKind[] }> = {
  coach: {
    conveyance: ['vehicle-licence', 'transport-permit', 'liability-insurance'],
    crew: ['driving-licence', 'qualification']
  },
  ferry: { conveyance: ['seaworthiness', 'operation-permit', 'liability-insurance'], crew: ['competency'] }
}

/** The last paper of the last vehicle of a fleet ran out the day before. */
export async function layRegister(tx: Transaction, today: BusinessDay): Promise<void> {
  const now = shanghaiInstant(today, 0)
  const actor = 'sample'
  for (const { carrier, mode, codes, crewCodes, size, places } of fleets)
    for (let serial = 1; serial <= size; serial++) {
      const number = String(serial).padStart(3, '0')
      await enterConveyance(tx, codes + number, { mode, carrier, places }, { now, sample: true })
      const { id } = await findConveyance(tx, codes + number)
      for (const [at, kind] of papers[mode].conveyance.entries()) {
        const ranOut = serial === size && at === papers[mode].conveyance.length - 1
        const validTo = addDays(today, ranOut ? -1 : 365)
        await enterPaper(tx, { owner: { conveyance: id }, kind, number: `示例${codes}${number}`, validTo, actor }, now)
      }
      const name = `示例${mode === 'coach' ? '驾驶员' : '船长'}${number}`
      await enterCrewMember(tx, crewCodes + number, { name, mode, carrier }, { now, sample: true })
      const [member] = await findCrew(tx, { codes: [crewCodes + number] })
      for (const kind of papers[mode].crew) {
        const paper = { kind, number: `示例${crewCodes}${number}`, validTo: addDays(today, 365), actor }
        await enterPaper(tx, { owner: { crewMember: member!.id }, ...paper }, now)
      }
    }
}
