// The life of a key: made or brought in, in force, kept to check what it made, laid down, destroyed. It only goes forward.
import { KeyStoreError } from '../key-reference.ts'

export const keyStates = ['pending', 'active', 'verify-only', 'retired', 'destroyed'] as const
export type KeyState = (typeof keyStates)[number]

/** What is done with a key: 'make' gives out something new, 'check' looks at what was made before, 'show' tells its public half. */
export type KeyDeed = 'make' | 'check' | 'show'

const allowed: Record<KeyState, readonly KeyDeed[]> = {
  pending: ['show'],
  active: ['make', 'check', 'show'],
  'verify-only': ['check', 'show'],
  retired: ['show'],
  destroyed: []
}

/** Throws 'not-active'. */
export function assertAllowed(name: string, state: KeyState, deed: KeyDeed): void {
  if (!allowed[state].includes(deed)) throw new KeyStoreError('not-active', `the key ${name} is ${state}`)
}

export function canCheck(state: KeyState): boolean {
  return allowed[state].includes('check')
}

/** A key is in force before it is kept to check; what was never in force may be destroyed. */
export function canBecome(from: KeyState, to: KeyState): boolean {
  if (from === 'pending') return to === 'active' || to === 'destroyed'
  return keyStates.indexOf(to) > keyStates.indexOf(from)
}
