// The port to whoever carries notices to passengers: app push, SMS, voice calls. Messages go in batches under keys of their own; a key
// that is sent twice is delivered once. 'later' (a full quota, a line that is down) is tried again, 'refused' (no such number) is not.

export interface Message {
  key: string
  means: 'app' | 'sms' | 'voice'
  /** The account for the app, else a phone number. */
  address: string
  text: string
}

export type MessageOutcome = 'delivered' | 'refused' | 'later'

export interface Messenger {
  /** One outcome for each message, in order. */
  send(messages: readonly Message[], now: Date): Promise<MessageOutcome[]>
}
