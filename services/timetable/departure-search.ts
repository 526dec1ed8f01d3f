// Searches answered from memory. An answer is made once as bytes with its entity tag and given to everybody who asks the same; it may be
// some seconds behind about seats and prices, which the quote decides. Its age is told in the `Age` header.
import { createHash } from 'node:crypto'
import type { BusinessDay } from '../../clearing/business-day.ts'

export interface SearchQuestion {
  from: string
  to: string
  day: BusinessDay
}

export interface SearchAnswer {
  body: Buffer
  /** Strong: the same bytes have the same tag in every process. */
  entityTag: string
  madeAt: Date
}

export interface DepartureSearch {
  answer(question: SearchQuestion, now: Date): Promise<SearchAnswer>
}

/** Up to this age an answer is given as it is. */
const freshMs = 10_000
/** Up to this age it is given while the next one is being made. */
const usableMs = 30_000
/** Questions put to the database at once for askers who wait; sales have the other connections. */
const askedAtOnceMax = 4
const bytesMax = 64 * 1024 * 1024
/** What an entry weighs beside its body. */
const entryBytes = 500

/** `find` asks the database; what it returns is serialised once. */
export function openDepartureSearch(find: (question: SearchQuestion, now: Date) => Promise<unknown>): DepartureSearch {
  const answers = new Map<string, SearchAnswer>()
  const making = new Map<string, Promise<SearchAnswer>>()
  const renewing = new Map<string, Promise<SearchAnswer>>()
  const waitedFor = limitAtOnce(askedAtOnceMax)
  // One at a time: making answers young again leaves the machine to those who ask.
  const unawaited = limitAtOnce(1)
  let bytes = 0

  const keep = (key: string, answer: SearchAnswer): void => {
    drop(key)
    answers.set(key, answer)
    bytes += answer.body.length + entryBytes
    // The one made longest ago goes first: what is asked for is made again and moves to the end.
    for (const oldest of answers.keys()) {
      if (bytes <= bytesMax) break
      drop(oldest)
    }
  }
  const drop = (key: string): void => {
    const before = answers.get(key)
    if (before === undefined) return
    answers.delete(key)
    bytes -= before.body.length + entryBytes
  }
  const make = async (key: string, question: SearchQuestion, now: Date): Promise<SearchAnswer> => {
    const body = Buffer.from(JSON.stringify(await find(question, now)))
    const answer = { body, entityTag: tagOf(body), madeAt: now }
    keep(key, answer)
    return answer
  }
  /** Those who ask the same while it is being made wait for the one answer. */
  const once = (
    made: Map<string, Promise<SearchAnswer>>,
    key: string,
    begin: () => Promise<SearchAnswer>
  ): Promise<SearchAnswer> => {
    const begun = made.get(key)
    if (begun) return begun
    const answer = begin().finally(() => made.delete(key))
    made.set(key, answer)
    return answer
  }

  return {
    async answer(question, now) {
      const key = `${question.day} ${question.from}\n${question.to}`
      const kept = answers.get(key)
      // A clock that was set back makes nothing look young.
      const age = kept ? now.getTime() - kept.madeAt.getTime() : -1
      if (kept === undefined || age < 0 || age >= usableMs)
        return await once(making, key, () => waitedFor(async () => await make(key, question, now)))
      // A failure is seen by those who ask when the kept answer is no longer usable.
      if (age >= freshMs)
        once(renewing, key, () => unawaited(async () => await make(key, question, now))).catch(() => undefined)
      return kept
    }
  }
}

/** What a cached answer says of itself: its tag, and how many seconds it has been there. */
export function headersOf({ entityTag, madeAt }: SearchAnswer, now: Date): Record<string, string | number> {
  const age = Math.max(0, Math.floor((now.getTime() - madeAt.getTime()) / 1000))
  return { etag: entityTag, age, 'cache-control': 'public, no-cache' }
}

function tagOf(body: Buffer): string {
  return `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`
}

/** Runs tasks in the order they come, at most `most` at once. */
function limitAtOnce(most: number): <Result>(task: () => Promise<Result>) => Promise<Result> {
  const waiting: (() => void)[] = []
  let running = 0
  return async (task) => {
    if (running >= most) await new Promise<void>((turn) => waiting.push(turn))
    else running++
    try {
      return await task()
    } finally {
      // The place goes straight to the next in line.
      const next = waiting.shift()
      if (next) next()
      else running--
    }
  }
}

/** RFC 9110 §13.1.2: a list of tags or `*`; a weak tag is compared by its opaque part. */
export function matchesEntityTag(ifNoneMatch: string | undefined, entityTag: string): boolean {
  if (ifNoneMatch === undefined) return false
  if (ifNoneMatch.trim() === '*') return true
  return ifNoneMatch.split(',').some((tag) => tag.trim().replace(/^W\//, '') === entityTag)
}
