// Lets the simulated gates of the sample province in, once: two at each of two places, enrolled as any device is, and an account for the
// passengers who come to them. What they need to speak for themselves lies in the data folder; from then on they use HTTP alone.
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { hex } from '../../../card-crypto/bytes.ts'
import { sm2GenerateKeyPair } from '../../../card-crypto/sm2-keys.ts'
import { findAccount } from '../../access/access-queries.ts'
import { registerPassenger } from '../../access/register-passenger.ts'
import { enrolDevice, makeEnrolmentCode } from '../../boarding/gates/devices/enrol-device.ts'
import { signingRequestOf } from '../../boarding/gates/simulated/sign-request.ts'
import { findGates } from '../../network/network-queries.ts'
import type { Parts } from '../../parts.ts'
import { sellSoonDepartures, sampleWays } from '../sample-province/sample-station-day.ts'

export interface StationFile {
  passenger: { name: string; password: string }
  gates: { gate: number; place: string; to: string; device: string; privateKey: string; publicKey: string }[]
}

const gatesPerPlace = 2
export const stationFolder = (dataFolder: string): string => join(dataFolder, 'simulated-station')

/** Some of the next departures get passengers at every start, so that somebody comes to the gates at once. */
export async function prepareSimulatedStation(parts: Pick<Parts, 'sql' | 'keys' | 'config'>, now: Date): Promise<void> {
  const file = join(stationFolder(parts.config.dataFolder), 'station.json')
  const station = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as StationFile) : null
  const { passenger } = station ?? (await openStation(parts, file, now))
  const account = await findAccount(parts.sql, passenger.name)
  if (account) await sellSoonDepartures(parts, `passenger:${account.id}`, now)
}

async function openStation(
  parts: Pick<Parts, 'sql' | 'keys' | 'config'>,
  file: string,
  now: Date
): Promise<StationFile> {
  const passenger = { name: `simulated-${hex(randomBytes(4)).toLowerCase()}`, password: hex(randomBytes(16)) }
  await registerPassenger(parts, passenger, '127.0.0.1', now)
  const station: StationFile = { passenger, gates: [] }
  const doors = (await findGates(parts.sql)).filter(({ passage }) => passage === 'boarding')
  for (const { from, to } of sampleWays)
    for (const { id, number } of doors.filter(({ place }) => place === from).slice(0, gatesPerPlace)) {
      const pair = sm2GenerateKeyPair()
      const { code } = await makeEnrolmentCode(parts.sql, id, 'station-manager:sample', now)
      const request = { code, name: `模拟闸机 ${number}`, request: await signingRequestOf(pair) }
      const { device } = await enrolDevice(parts, request, now)
      const keys = { privateKey: hex(pair.privateKey), publicKey: hex(pair.publicKey) }
      station.gates.push({ gate: id, place: from, to, device, ...keys })
    }
  mkdirSync(stationFolder(parts.config.dataFolder), { recursive: true, mode: 0o700 })
  writeFileSync(file, JSON.stringify(station), { mode: 0o600 })
  return station
}
