// Custody over HTTP (/v1/keys): an operator's session opens the room, the custodians' own passphrases do each step in the key process.
import { Type, type Static } from 'typebox'
import type { CustodyQuestion, CustodyRecord } from '../../card-crypto/key-custody/custody-schemas.ts'
import { custodyKey } from '../../card-crypto/key-custody/custody-schemas.ts'
import { KeyStoreError, type KeyStore } from '../../card-crypto/key-store.ts'
import { sm2PublicKeyToPem } from '../../card-crypto/sm2-keys.ts'
import type { App, Parts } from '../parts.ts'
import { problems } from '../problem.ts'
import { refuse } from '../refusals.ts'
import {
  Credentials,
  KeyInventory,
  KeyRecords,
  NewCeremony,
  NewChange,
  NewComponent,
  NewCustodian,
  StepAnswer
} from './custody-schemas.ts'

const tags = ['密管 Keys']
const config = { permit: 'run-keys' } as const
const params = Type.Object({ id: Type.String({ format: 'uuid' }) })
const response = { 200: StepAnswer, ...problems('custody-refused', 'key-store-away') }

export function custodyRoutes(app: App, { keys }: Parts): void {
  readRoutes(app, keys)
  const step = async (question: CustodyQuestion) => (await ask(keys, question)) as Static<typeof StepAnswer>

  app.post(
    '/v1/key-custodians',
    { config, schema: { tags, summary: '登记保管员 A new custodian', body: NewCustodian, response } },
    async ({ body }) => await step({ ask: 'add-custodian', ...body })
  )
  app.post(
    '/v1/key-ceremonies',
    { config, schema: { tags, summary: '开始密钥仪式 Begin a ceremony', body: NewCeremony, response } },
    async ({ body }) => await step({ ask: 'begin-ceremony', ...body })
  )
  app.post(
    '/v1/key-ceremonies/:id/components',
    { config, schema: { tags, summary: '录入分量 Bring a part', params, body: NewComponent, response } },
    async ({ params: { id }, body }) => await step({ ask: 'enter-component', ceremony: id, ...body })
  )
  app.post(
    '/v1/key-ceremonies/:id/taken',
    { config, schema: { tags, summary: '领取分量 Take a part away, once', params, body: Credentials, response } },
    async ({ params: { id }, body }) => await step({ ask: 'take-component', ceremony: id, ...body })
  )
  app.post(
    '/v1/key-changes',
    { config, schema: { tags, summary: '计划变更 Plan a change of a key', body: NewChange, response } },
    async ({ body }) => await step({ ask: 'plan', ...body })
  )
  app.put(
    '/v1/key-changes/:id/approval',
    { config, schema: { tags, summary: '复核变更 Approve, as a second person', params, body: Credentials, response } },
    async ({ params: { id }, body }) => await step({ ask: 'approve', plan: id, ...body })
  )
}

function readRoutes(app: App, keys: KeyStore): void {
  app.get(
    '/v1/keys',
    {
      config,
      schema: {
        tags,
        summary: '密钥、仪式与变更计划 Keys with state, check value and uses; ceremonies; dated changes',
        response: { 200: KeyInventory, ...problems('key-store-away') }
      }
    },
    async () => (await ask(keys, { ask: 'inventory' })) as KeyInventory
  )
  app.get(
    '/v1/keys/records',
    {
      config,
      schema: {
        tags,
        summary: '签名的密管记录 The signed record of custody',
        response: { 200: KeyRecords, ...problems('key-store-away') }
      }
    },
    async () => {
      const records = (await ask(keys, { ask: 'records' })) as CustodyRecord[]
      const publicKey = records.length > 0 ? sm2PublicKeyToPem(await keys.publicKey(custodyKey)) : null
      return { publicKey, records: records as unknown as Record<string, unknown>[] }
    }
  )
}

/** Throws custody-refused with the reason among its facts. */
async function ask(keys: KeyStore, question: CustodyQuestion): Promise<unknown> {
  try {
    return await keys.custody(question)
  } catch (error) {
    if (error instanceof KeyStoreError && error.fault === 'custody-refused')
      throw refuse('custody-refused', { why: error.message })
    throw error
  }
}
