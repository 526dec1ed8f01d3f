// Money is a whole number of fen; fractions of a fen exist only as exact decimals in here and are rounded once, on totals.
import { Decimal as LibraryDecimal } from 'decimal.js'
import { Type } from 'typebox'

/** Wide enough that no sum of any day, with 7 places of a fen, is ever cut: the library's default is 20 digits. */
const Decimal = LibraryDecimal.clone({ precision: 60 })

/** An amount of money in fen (分), the smallest unit of the yuan. Always a safe integer; may be negative on a ledger. */
export type Fen = number & { readonly __unit: 'fen' }

/** A non-negative amount as bodies and answers carry it. */
export const FenSchema = Type.Unsafe<Fen>(
  Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: '金额（分）' })
)

/** A signed amount, for positions and ledger legs. */
export const SignedFenSchema = Type.Unsafe<Fen>(Type.Integer({ description: '金额（分，可为负）' }))

/** An exact amount, fractions and all, as decimal text. */
export const ExactFenSchema = Type.Unsafe<ExactFen>(Type.String({ description: '金额（分，精确小数）' }))

/** Throws a RangeError when the number is not a whole number of fen. */
export function fen(amount: number): Fen {
  if (!Number.isSafeInteger(amount)) throw new RangeError(`${amount} is not a whole number of fen`)
  return (amount === 0 ? 0 : amount) as Fen
}

export const zeroFen = fen(0)

export function sumFen(amounts: Iterable<Fen>): Fen {
  let total = 0
  for (const amount of amounts) total += amount
  return fen(total)
}

/** One more amount of a long sum; throws like `fen` when it leaves what can be counted exactly. */
export function addFenTo(sum: Fen, amount: Fen): Fen {
  return fen(sum + amount)
}

/** Applies a rate such as '0.006' and rounds half up, once. */
export function applyRate(amount: Fen, rate: string): Fen {
  return roundHalfUp(new Decimal(amount).times(rate))
}

/**
 * An exact amount with fractions of a fen (at most 7 places are written to files, card.md §2.6), kept as decimal text
 * so that it survives SQL `numeric`, JSON and sums unchanged.
 */
export type ExactFen = string & { readonly __unit: 'exact fen' }

export const zeroExactFen = '0' as ExactFen

/** amount × rate × share, exact. */
export function exactShare(amount: Fen | ExactFen, ...factors: string[]): ExactFen {
  let product = new Decimal(amount)
  for (const factor of factors) product = product.times(factor)
  return product.toFixed() as ExactFen
}

export function addExact(...amounts: (ExactFen | Fen)[]): ExactFen {
  return amounts.reduce<LibraryDecimal>((total, amount) => total.plus(amount), new Decimal(0)).toFixed() as ExactFen
}

export function subtractExact(from: ExactFen | Fen, ...amounts: (ExactFen | Fen)[]): ExactFen {
  return amounts.reduce<LibraryDecimal>((total, amount) => total.minus(amount), new Decimal(from)).toFixed() as ExactFen
}

/** The only rounding of a sum of fractions: half away from zero to a whole fen (card.md §2.7). */
export function roundExact(amount: ExactFen): Fen {
  return roundHalfUp(new Decimal(amount))
}

function roundHalfUp(amount: LibraryDecimal): Fen {
  return fen(amount.toDecimalPlaces(0, Decimal.ROUND_HALF_UP).toNumber())
}

/** Splits a total by weights so that the parts sum to it exactly: largest remainder, ties to the earlier part. */
export function allocate(total: Fen, weights: readonly number[]): Fen[] {
  // A refund is split exactly as the sale was.
  if (total < 0) return allocate(fen(0 - total), weights).map((part) => fen(0 - part))
  const sum = weights.reduce((a, b) => a + BigInt(b), 0n)
  if (sum <= 0n) throw new RangeError('the weights of an allocation must sum to more than zero')
  const shares = weights.map((weight, index) => {
    const scaled = BigInt(total) * BigInt(weight)
    return { index, part: scaled / sum, remainder: scaled % sum }
  })
  let left = BigInt(total) - shares.reduce((a, share) => a + share.part, 0n)
  const byRemainder = shares.toSorted((a, b) =>
    a.remainder === b.remainder ? a.index - b.index : a.remainder > b.remainder ? -1 : 1
  )
  for (const share of byRemainder) {
    if (left === 0n) break
    share.part += 1n
    left -= 1n
  }
  return shares.map((share) => fen(Number(share.part)))
}

/** Yuan with two decimals for people: 12345 → "123.45". */
export function yuan(amount: Fen): string {
  return new Decimal(amount).dividedBy(100).toFixed(2)
}
