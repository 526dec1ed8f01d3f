// Seats one by one: the map a passenger chooses from, and the seats set aside for loading stations.
import type { Queryable } from '../../../clearing/database.ts'

export interface NewQuota {
  line: string
  /** The loading station's code. */
  place: string
  seats: number[]
  /** Before it departs from there. */
  releaseMinutes: number
}

export async function layQuotas(sql: Queryable, quotas: NewQuota[]): Promise<void> {
  await sql`
    insert into quota_plan (line, position, seats, release_minutes, sample)
    select line.id, stop.position, quota.seats, quota."releaseMinutes", true
    from jsonb_to_recordset(${sql.json(quotas as never)}) as quota(line text, place text, seats integer[], "releaseMinutes" integer)
    join line on line.code = quota.line
    join place on place.code = quota.place
    join line_stop as stop on stop.line = line.id and stop.place = place.id
    on conflict do nothing`
}
