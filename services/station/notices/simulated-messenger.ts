// The provider that runs in the sample province and in tests: numbers ending in 0000 do not exist, in any second a
// fiftieth of the lines is busy, everything else is delivered. It keeps its own book.
import type { Queryable } from '../../../clearing/database.ts'
import type { Message, MessageOutcome, Messenger } from './messenger.ts'
import { bookMessages } from './simulated-messenger-queries.ts'

export function simulatedMessenger(sql: Queryable): Messenger {
  return {
    async send(messages, now) {
      const outcomes = messages.map((message) => outcomeOf(message, now))
      await bookMessages(
        sql,
        messages.filter((_, at) => outcomes[at] === 'delivered'),
        now
      )
      return outcomes
    }
  }
}

function outcomeOf({ address, means, key }: Message, now: Date): MessageOutcome {
  if (means !== 'app' && address.endsWith('0000')) return 'refused'
  const busy = Number.parseInt(key.slice(0, 4), 16) % 50 === Math.floor(now.getTime() / 1000) % 50
  return busy ? 'later' : 'delivered'
}
