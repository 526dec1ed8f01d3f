// A gate device as a test needs one: its own key, a certificate it asked for, requests it signs by a clock of its own.
import { sm2GenerateKeyPair, type Sm2KeyPair } from '../../../card-crypto/sm2-keys.ts'
import type { TestApp } from '../../test-app.ts'
import { signingRequestOf, signRequest, type DeviceIdentity } from './simulated/sign-request.ts'

type Answer = Awaited<ReturnType<TestApp['call']>>
interface Ask {
  method?: 'GET' | 'POST'
  url: string
  payload?: object
  headers?: Record<string, string>
}

export interface TestDevice extends DeviceIdentity {
  ask: (ask: Ask, nonce?: string) => Promise<Answer>
}

export async function enrolTestDevice(test: TestApp, gate: number): Promise<TestDevice> {
  const headers = await test.as('operator')
  const made = await test.call({ method: 'POST', url: `/v1/gates/${gate}/enrolment-codes`, headers })
  const pair = sm2GenerateKeyPair()
  const payload = { code: made.body.code, name: '测试闸机', request: await signingRequestOf(pair) }
  const { body } = await test.call({ method: 'POST', url: '/v1/gate-devices', payload })
  return openDevice(test, body.device, pair)
}

export function openDevice(test: TestApp, device: string, pair: Sm2KeyPair): TestDevice {
  const ask: TestDevice['ask'] = async ({ method = 'GET', url, payload, headers }, nonce) => {
    const body = payload === undefined ? '' : JSON.stringify(payload)
    const authorization = signRequest({ device, pair }, { method, url, body }, test.time.now, nonce)
    if (payload === undefined) return await test.call({ method, url, headers: { ...headers, authorization } })
    const typed = { ...headers, authorization, 'content-type': 'application/json' }
    return await test.call({ method, url, payload: body, headers: typed })
  }
  return { device, pair, ask }
}
