// The risk of rides that are paid afterwards: how much may be owed, and when the money is asked for again. Pure.

/** Ours, until a rule says otherwise: the text of the provincial one was not readable. */
export const tripLimitFen = 3000
export const debtLimitFen = 5000
export const authorisedDays = 7
export const codeSeconds = 300
export const minimumIntervalSeconds = 60
/** After so many attempts that failed, no new authorisation is given. */
export const attemptsBeforeSuspension = 3

const hourMs = 3_600_000

export function rideFault(
  account: { state: 'open' | 'suspended'; debtFen: number; debtLimitFen: number },
  amount: number,
  singleTripLimit: number
): 'ride-account-suspended' | 'ride-debt-too-high' | 'ride-amount-too-high' | null {
  if (account.state !== 'open') return 'ride-account-suspended'
  if (amount > singleTripLimit) return 'ride-amount-too-high'
  return account.debtFen + amount > account.debtLimitFen ? 'ride-debt-too-high' : null
}

/** An hour, six hours, then every day. */
export function nextTryAt(attempts: number, now: Date): Date {
  return new Date(now.getTime() + (attempts <= 1 ? 1 : attempts === 2 ? 6 : 24) * hourMs)
}

/** 支付账户号: 16 printable characters that tell nothing of the card. */
export function payAccountOf(random: Uint8Array): string {
  return `P${random.toHex().toUpperCase().slice(0, 15)}`
}
