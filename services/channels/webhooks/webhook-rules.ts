// What channels are told of, when an unanswered message is sent again, and what a receiver's answer means.

/** The five state changes, and the events in a ticket's history that are one. */
export const webhookEvents = {
  sold: ['issue'],
  changed: ['change', 'changed'],
  refunded: ['refund', 'refund-paid', 'void'],
  checked: ['check-in', 'undo-check-in'],
  disrupted: ['delay', 'suspend', 'resume', 'merge', 'undo-merge']
} as const satisfies Record<string, readonly string[]>

export type WebhookEvent = keyof typeof webhookEvents
export const webhookEventNames = Object.keys(webhookEvents) as WebhookEvent[]

/** The ticket events behind the subscribed ones. */
export function ticketEventsOf(subscribed: readonly WebhookEvent[]): string[] {
  return subscribed.flatMap((event) => [...webhookEvents[event]])
}

/** What channels call a ticket event. */
export function webhookEventOf(ticketEvent: string): WebhookEvent {
  return webhookEventNames.find((name) => (webhookEvents[name] as readonly string[]).includes(ticketEvent))!
}

/** With these waits the last attempt is a day after the first. */
export const attemptsMax = 30

/** Three times as long after each attempt, from five seconds to an hour. */
export function retryDelaySeconds(attempts: number): number {
  return Math.min(5 * 3 ** (attempts - 1), 3600)
}

export type Verdict = 'delivered' | 'again' | 'given-up' | 'gone'

/** 410 says that there is nobody any more; everything else but 2xx is tried again. A redirect is not followed. */
export function verdictOf(status: number | null, attempts: number): Verdict {
  if (status !== null && status >= 200 && status < 300) return 'delivered'
  if (status === 410) return 'gone'
  return attempts >= attemptsMax ? 'given-up' : 'again'
}
