// The identity registry (公安人口信息核验) as a port, and a simulator that answers like one: right, wrong, late or never, by the name asked.
import { setTimeout } from 'node:timers/promises'
import type { Identity } from '../seal-identity.ts'

export interface IdentityRegistry {
  /** Rejects when the signal aborts or the registry fails. */
  verify(identity: Identity, signal: AbortSignal): Promise<'match' | 'mismatch'>
}

const slowMs = 3_000

/** 不符… does not match, 缓慢… answers after three seconds, 无应答… never; everybody else matches at once. */
export const simulatedRegistry: IdentityRegistry = {
  async verify({ name }, signal) {
    if (name.startsWith('无应答')) await setTimeout(2 ** 30, undefined, { signal, ref: false })
    if (name.startsWith('缓慢')) await setTimeout(slowMs, undefined, { signal })
    return name.startsWith('不符') ? 'mismatch' : 'match'
  }
}

/** No adapter of a real registry is public; where tickets are real and none is connected, it is one that never answers. */
export const absentRegistry: IdentityRegistry = {
  verify: async () => await Promise.reject(new Error('no identity registry is connected'))
}

export function registryOf({ sample }: { sample: boolean }): IdentityRegistry {
  return sample ? simulatedRegistry : absentRegistry
}
