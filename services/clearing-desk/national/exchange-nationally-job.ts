// Every few minutes a round with the national centre, by one worker at a time: files out, results in, differences chased.
import { transaction } from '../../../clearing/database.ts'
import { exchangeWithNationalCentre } from '../../../clearing/national/exchange.ts'
import { openNationalCentre } from '../../../clearing/national/national-centre.ts'
import { beginExchange, isExchangeDue } from '../../../clearing/national/national-queries.ts'
import { findClearingCentre } from '../../../clearing/participants/participant-queries.ts'
import type { Job } from '../../jobs/worker-rounds.ts'

const everyMs = 5 * 60_000

export const exchangeNationallyJob: Job = {
  name: 'exchange-nationally',
  async due({ sql, config }, now) {
    if (config.nationalCentre === '') return []
    return (await isExchangeDue(sql, new Date(now.getTime() - everyMs))) ? ['round'] : []
  },
  async perform({ sql, config, context }, _id, now) {
    const before = new Date(now.getTime() - everyMs)
    if (!(await transaction(sql, async (tx) => await beginExchange(tx, { now, before })))) return
    const [host, port] = splitAddress(config.nationalCentre)
    const { code, name } = await findClearingCentre(sql)
    const counterpart = { host, port, organisation: code, shortName: name }
    await exchangeWithNationalCentre(context, openNationalCentre(counterpart, context.folders.inbox), now)
  }
}

function splitAddress(address: string): [host: string, port: number] {
  const at = address.lastIndexOf(':')
  return [address.slice(0, at), Number(address.slice(at + 1))]
}
