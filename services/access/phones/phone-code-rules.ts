// How often a number may be sent a code, how long the code is good, and when a number that answers wrongly is left alone. Our figures.

const minute = 60_000
const day = 24 * 60 * minute

export const codeLifeMs = 5 * minute
const againMs = minute
const perDay = 10
export const wrongMax = 5
export const lockMs = 15 * minute

export interface CodeState {
  sentAt: Date
  dayBegan: Date
  sentInDay: number
  lockedUntil: Date | null
}

export type SendVerdict =
  | { may: true; dayBegan: Date; sentInDay: number }
  | { may: false; because: 'account-locked' | 'phone-code-too-soon' | 'phone-code-too-many'; againAt: Date }

/** A day begins with the first code of a number, not at midnight. */
export function maySendCode(known: CodeState | null, now: Date): SendVerdict {
  if (known === null) return { may: true, dayBegan: now, sentInDay: 1 }
  const { sentAt, dayBegan, sentInDay, lockedUntil } = known
  if (lockedUntil !== null && now < lockedUntil) return { may: false, because: 'account-locked', againAt: lockedUntil }
  const soonest = new Date(sentAt.getTime() + againMs)
  if (now < soonest) return { may: false, because: 'phone-code-too-soon', againAt: soonest }
  const dayOver = new Date(dayBegan.getTime() + day)
  if (now >= dayOver) return { may: true, dayBegan: now, sentInDay: 1 }
  if (sentInDay >= perDay) return { may: false, because: 'phone-code-too-many', againAt: dayOver }
  return { may: true, dayBegan, sentInDay: sentInDay + 1 }
}

export function isCodeLive({ sentAt }: Pick<CodeState, 'sentAt'>, now: Date): boolean {
  return now.getTime() - sentAt.getTime() < codeLifeMs
}

export function nextCodeAt(now: Date): Date {
  return new Date(now.getTime() + againMs)
}
