// The sample accounts' passwords: made once, kept in the data folder for its owner alone, printed at every start.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { newSampleCredentials, sampleOneTimeCode, saveSampleAccounts } from '../access/sample-accounts.ts'
import type { SampleCredential } from '../access/sample-accounts.ts'
import type { Parts } from '../parts.ts'

/** Written before the accounts are, so that a crash between the two leaves no account with a password nobody knows. */
export async function prepareSampleAccounts(
  parts: Pick<Parts, 'sql' | 'keys' | 'config'>
): Promise<SampleCredential[]> {
  const file = join(parts.config.dataFolder, 'sample-credentials.json')
  const kept = read(file) ?? []
  const credentials = newSampleCredentials().map((fresh) => kept.find(({ name }) => name === fresh.name) ?? fresh)
  writeFileSync(file, JSON.stringify(credentials, null, 2), { mode: 0o600 })
  await saveSampleAccounts(parts, credentials, new Date())
  return credentials
}

/** A table for the terminal. The one-time code is the one that works now; the sign-in page asks for later ones itself. */
export async function credentialTable(
  parts: Pick<Parts, 'sql' | 'keys'>,
  credentials: readonly SampleCredential[]
): Promise<string> {
  const lines = ['  角色 role           登录名 name       密码 password     动态口令 one-time code']
  for (const { role, name, password } of credentials) {
    const code = (await sampleOneTimeCode(parts, name, new Date())) ?? '—'
    lines.push(`  ${chinese[role]} ${role.padEnd(17)}${name.padEnd(18)}${password}   ${code}`)
  }
  return lines.join('\n')
}

const chinese = {
  passenger: '旅客',
  clerk: '窗口',
  gate: '检票',
  dispatcher: '调度',
  'station-manager': '站长',
  operator: '清分',
  participant: '机构'
} as const

function read(file: string): SampleCredential[] | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as SampleCredential[]
  } catch {
    return null
  }
}
