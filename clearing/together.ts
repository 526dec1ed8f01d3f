// Calls that come at the same moment, answered together by one statement: a busy process asks the database a few times for what
// hundreds of requests want, an idle one asks at once. Nobody waits for a clock, only for those already being answered.
import type { Queryable } from './database.ts'

export interface Company<Asked> {
  /** Calls in one statement. */
  most: number
  /** Statements under way. */
  lanes: number
  /**
   * Calls worth a further statement beside one under way: a statement costs much by itself, each call in it little. Fewer wait for the
   * one under way, but not for long: it may be held up. 1 when nothing is said.
   */
  worth?: number
  /** Names what is asked: who asks for the same in one moment gets one answer. For questions only. */
  same?: (asked: Asked) => string
}

/** A statement that takes longer than this keeps nobody else waiting, however few they are. */
const patienceMs = 50

interface Waiting<Asked, Answer> {
  asked: Asked
  resolve: (answer: Answer) => void
  reject: (error: unknown) => void
}

/** `run` answers all that are asked, in their order; when it fails it fails for all of them. One company for each pool or transaction. */
export function together<Asked, Answer>(
  run: (sql: Queryable, all: Asked[]) => Promise<Answer[]>,
  terms: Company<Asked>
): (sql: Queryable, asked: Asked) => Promise<Answer> {
  const companies = new WeakMap<Queryable, (asked: Asked) => Promise<Answer>>()
  return async (sql, asked) => {
    const known = companies.get(sql)
    if (known) return await known(asked)
    const fresh = company(async (all: Asked[]) => await run(sql, all), terms)
    companies.set(sql, fresh)
    return await fresh(asked)
  }
}

function company<Asked, Answer>(
  run: (all: Asked[]) => Promise<Answer[]>,
  { most, lanes, worth = 1, same }: Company<Asked>
): (asked: Asked) => Promise<Answer> {
  const waiting: Waiting<Asked, Answer>[] = []
  let underWay = 0
  let called = false
  let patience: NodeJS.Timeout | null = null

  const next = (enough = worth): void => {
    called = false
    while (underWay < lanes && waiting.length >= (underWay === 0 ? 1 : enough)) {
      underWay++
      void answer(waiting.splice(0, most)).finally(() => {
        underWay--
        if (waiting.length > 0) call()
      })
    }
    if (waiting.length > 0 && underWay < lanes) patience ??= setTimeout(lose, patienceMs)
  }
  const lose = (): void => {
    patience = null
    next(1)
  }
  // After all requests that have arrived by now were read.
  const call = (): void => {
    if (called || underWay >= lanes) return
    called = true
    setImmediate(next)
  }
  const answer = async (all: Waiting<Asked, Answer>[]): Promise<void> => {
    try {
      const groups = [...Map.groupBy(all, (one) => (same ? same(one.asked) : one)).values()]
      const answers = await run(groups.map(([first]) => first!.asked))
      if (answers.length !== groups.length) throw new Error(`${answers.length} answers to ${groups.length} questions`)
      for (const [nth, group] of groups.entries()) for (const { resolve } of group) resolve(answers[nth]!)
    } catch (error) {
      for (const { reject } of all) reject(error)
    }
  }
  return async (asked) =>
    await new Promise((resolve, reject) => {
      waiting.push({ asked, resolve, reject })
      call()
    })
}
