// What the surroundings may decide. The only place in services that reads the environment; everything else takes a Config.
import { resolve } from 'node:path'

export interface Config {
  host: string
  port: number
  /** Archive, inbox, published files, key store and, by default, our own PostgreSQL live here. */
  dataFolder: string
  /** Empty when we are to bring our own server. */
  databaseUrl: string
  redisUrl: string
  /** 32 hexadecimal digits; empty when the installation keeps its own beside the keys. */
  masterKey: string
  /** False under a supervisor that keeps the key process running. */
  startsKeyStore: boolean
  /** True when the platform runs with the sample province: sample accounts and their one-time codes exist. */
  sample: boolean
  /** Requests a minute from one address before it is asked to slow down. A station's counters may share one address. */
  requestsPerMinute: number
  /** Sign-in attempts a minute from one address. */
  signInsPerMinute: number
  /** Addresses or networks whose X-Forwarded-For is believed; without any, the caller is whoever holds the connection. */
  trustedProxies: string[]
  /** Lines of the fabricated card day that the sample province starts with. */
  sampleTransactions: number
  /** Where the national centre answers the file transfer, HOST:PORT; empty where there is none. */
  nationalCentre: string
  /** Where members reach our side of the file transfer, on HOST; 0 for nowhere. */
  transferPort: number
  /** Of a hundred calls to pay back at the simulated cashier so many fail, half of them after the money has moved. For load tests. */
  gatewayFaultsPercent: number
  /** True when simulated gates check simulated passengers in at two places of the sample province. */
  simulatedStation: boolean
}

/** Throws an Error that names the variable when a value cannot be used. */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  const text = (name: string, otherwise: string) => environment[name]?.trim() || otherwise
  const whole = (name: string, otherwise: number, [least, most]: [number, number]) => {
    const value = Number(text(name, String(otherwise)))
    if (!Number.isInteger(value) || value < least || value > most)
      throw new Error(`${name}=${environment[name]} is not a whole number from ${least} to ${most}`)
    return value
  }
  return {
    host: text('HOST', '127.0.0.1'),
    port: whole('PORT', 8080, [0, 65_535]),
    dataFolder: resolve(text('DATA_DIR', '.data')),
    databaseUrl: text('DATABASE_URL', ''),
    redisUrl: text('REDIS_URL', ''),
    masterKey: text('KEY_STORE_MASTER_KEY', ''),
    startsKeyStore: text('KEY_STORE_START', 'yes') === 'yes',
    sample: text('SAMPLE_PROVINCE', 'no') === 'yes',
    requestsPerMinute: whole('REQUESTS_PER_MINUTE', 60_000, [1, 100_000_000]),
    signInsPerMinute: whole('SIGN_INS_PER_MINUTE', 60, [1, 100_000]),
    trustedProxies: text('TRUSTED_PROXIES', '').split(',').filter(Boolean),
    sampleTransactions: whole('SAMPLE_TRANSACTIONS', 50_000, [100, 20_000_000]),
    nationalCentre: text('NATIONAL_CENTRE', ''),
    transferPort: whole('TRANSFER_PORT', 0, [0, 65_535]),
    gatewayFaultsPercent: whole('GATEWAY_FAULTS_PERCENT', 0, [0, 100]),
    simulatedStation: text('SIMULATED_STATION', 'no') === 'yes'
  }
}
