// The provider of the sample province and of tests: numbers that end in 0000 do not exist, those that end in 0001 are busy at the first
// try, everything else arrives. It keeps its own book.
import type { Queryable } from '../../../clearing/database.ts'
import { bookText } from './simulated-sms-queries.ts'
import type { SmsSender } from './sms-sender.ts'

export function simulatedSms(sql: Queryable): SmsSender {
  const tried = new Set<string>()
  return {
    async send(message, now) {
      const { phone } = message
      if (phone.endsWith('0000')) return 'refused'
      if (phone.endsWith('0001') && !tried.has(phone)) {
        tried.add(phone)
        return 'later'
      }
      await bookText(sql, message, now)
      return 'sent'
    }
  }
}
