// The white list of the key process: what each kind of client may ask, by the purpose of the key. What is not here is forbidden; root
// keys of cards come in through a ceremony only, never from the web.
import { keyName, KeyStoreError, type KeyPurpose, type KeyReference } from '../key-reference.ts'
import type { Command } from './commands.ts'

/** Each has a socket of its own, which the operating system opens to its owner alone. */
export const keyClientKinds = ['web', 'worker', 'command', 'setup'] as const
export type KeyClientKind = (typeof keyClientKinds)[number]

type Rights = Partial<Record<KeyPurpose, readonly Command[]>>

/** Of any key: its name, whether it is there, its check value, its public half. Nothing of these is secret. */
const open: readonly Command[] = ['listKeys', 'hasKey', 'keyCheckValue', 'publicKey', 'random']

/** What the platform's own keys need; a process makes those that are missing when it starts. */
const services: Rights = {
  session: ['seal', 'unseal', 'keyedDigest', 'generateKey'],
  'identity-seal': ['seal', 'unseal', 'generateKey'],
  'identity-digest': ['keyedDigest', 'generateKey'],
  'file-signature': ['sign', 'generateKey'],
  'statement-signature': ['sign', 'generateKey'],
  'ledger-anchor': ['sign', 'generateKey'],
  'ticket-log': ['sign', 'generateKey'],
  'ticket-signature': ['sign', 'generateKey'],
  'ticket-totp': ['keyedDigest', 'generateKey'],
  'message-signature': ['sign', 'generateKey'],
  tac: ['verifyTac', 'verifyTacs']
}

/** New cards' keys leave the key process wrapped under a transport key only. */
const personalising: Rights = {
  purchase: ['deriveAndMac', 'personalise'],
  load: ['deriveAndMac', 'authoriseLoads', 'personalise'],
  maintenance: ['personalise'],
  transport: ['personalise', 'generateKey']
}

const rights: Record<KeyClientKind, Rights> = {
  /** Loads are made while the card waits, and gates are given their certificates. */
  web: {
    ...services,
    ...personalising,
    tac: ['verifyTac', 'verifyTacs', 'personalise'],
    'certificate-authority': ['sign', 'generateKey']
  },
  worker: { ...services, ...personalising, tac: ['verifyTac', 'verifyTacs', 'personalise'] },
  command: {
    'statement-signature': ['sign', 'generateKey'],
    'ledger-anchor': ['sign', 'generateKey'],
    'ticket-log': ['sign', 'generateKey'],
    tac: ['verifyTac', 'verifyTacs']
  },
  /** `npm start` itself, which lays the sample province: its public TAC roots come in this way, and only where there is a sample. */
  setup: {
    ...services,
    'certificate-authority': ['sign', 'generateKey'],
    tac: ['verifyTac', 'verifyTacs', 'importKey', 'deriveAndMac', 'personalise'],
    load: ['deriveAndMac', 'authoriseLoads', 'importKey', 'personalise'],
    purchase: ['deriveAndMac', 'importKey', 'personalise'],
    maintenance: ['importKey', 'personalise'],
    transport: ['importKey', 'generateKey', 'personalise']
  }
}

/** Throws 'forbidden'. Without a key the command must be open, or allowed for some purpose. */
export function assertMay(kind: KeyClientKind, command: Command, key?: KeyReference): void {
  if (open.includes(command)) return
  const allowed = key ? rights[kind][key.purpose]?.includes(command) : anyPurpose(kind, command)
  if (!allowed)
    throw new KeyStoreError('forbidden', `${kind} may not ask ${command}${key ? ` of ${keyName(key)}` : ''}`)
}

function anyPurpose(kind: KeyClientKind, command: Command): boolean {
  if (command === 'custody') return kind === 'web' || kind === 'command'
  return Object.values(rights[kind]).some((commands) => commands.includes(command))
}
