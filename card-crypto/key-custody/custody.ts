// Custody 密管: nobody brings in, puts in force or lays down a key alone. Runs in the key process; every step is done or refused as a whole,
// kept sealed beside the keys, and written down in a signed record.
import { randomUUID } from 'node:crypto'
import { fromHex, hex } from '../bytes.ts'
import {
  checkKeyBytes,
  keyCheckValueOf,
  keyName,
  KeyStoreError,
  newKeyBytes,
  parseKeyName,
  type KeyReference
} from '../key-reference.ts'
import type { KeyFile } from '../key-store-file.ts'
import { sm2Sign } from '../sm2.ts'
import { sm3 } from '../sm3.ts'
import { isCustodian, newCustodian, type Credentials } from './custodian.ts'
import { nextRecord } from './custody-records.ts'
import {
  custodyKey,
  type Ceremony,
  type CeremonyOrder,
  type CustodyQuestion,
  type CustodyState,
  type Inventory,
  type KeyPlan
} from './custody-schemas.ts'
import { checkSplitting, joinParts, splitKey } from './key-components.ts'
import type { KeyCounters } from './key-counters.ts'
import { canBecome } from './key-states.ts'

const FAILURES_BEFORE_LOCK = 5
const LOCK_MILLISECONDS = 5 * 60_000
const WATCH_MILLISECONDS = 10_000
const DAY = /^\d{4}-\d{2}-\d{2}$/

export interface CustodyParts {
  file: KeyFile
  counters: KeyCounters
  clock?: () => Date
}

export class Custody {
  readonly #file: KeyFile
  readonly #counters: KeyCounters
  readonly #clock: () => Date
  readonly #failures = new Map<string, { count: number; until: number }>()
  readonly #watch: NodeJS.Timeout
  /** One question after the other. */
  #turn: Promise<unknown> = Promise.resolve()

  constructor({ file, counters, clock = () => new Date() }: CustodyParts) {
    this.#file = file
    this.#counters = counters
    this.#clock = clock
    this.#watch = setInterval(() => void this.answer({ ask: 'inventory' }).catch(() => undefined), WATCH_MILLISECONDS)
    this.#watch.unref()
  }

  close(): void {
    clearInterval(this.#watch)
  }

  /** Rejects with 'custody-refused' and why. Whatever is asked, plans whose day has come are carried out first. */
  async answer(question: CustodyQuestion): Promise<unknown> {
    const turn = this.#turn.then(async () => {
      try {
        return await this.#answer(question)
      } catch (error) {
        // What lacks a field fails where the field is used, before anything is kept.
        throw error instanceof TypeError ? refused('the question is not complete') : error
      }
    })
    this.#turn = turn.catch(() => undefined)
    return await turn
  }

  async #answer(question: CustodyQuestion): Promise<unknown> {
    const state = await this.#carryOut(this.#read())
    switch (question.ask) {
      case 'inventory':
        return this.#inventory(state)
      case 'records':
        return state.records
      case 'add-custodian':
        return await this.#addCustodian(state, question)
      case 'begin-ceremony':
        return await this.#beginCeremony(state, question)
      case 'enter-component':
        return await this.#enterComponent(state, question)
      case 'take-component':
        return await this.#takeComponent(state, question)
      case 'plan':
        return await this.#plan(state, question)
      case 'approve':
        return await this.#approve(state, question)
      default:
        throw refused('that is not asked of custody')
    }
  }

  async #addCustodian(state: CustodyState, asked: Credentials & { vouchers?: Credentials[] }): Promise<object> {
    if (state.custodians.some(({ name }) => name === asked.custodian))
      throw refused('there is a custodian of this name')
    const vouchers = (state.custodians.length < 2 ? [] : (asked.vouchers ?? [])).map((one) => this.#who(state, one))
    if (state.custodians.length >= 2 && new Set(vouchers).size < 2)
      throw refused('two other custodians must vouch for a new one')
    state.custodians.push(inRange(() => newCustodian(asked)))
    await this.#keep(state, 'custodian-added', { custodian: asked.custodian, vouchers })
    return { custodian: asked.custodian }
  }

  async #beginCeremony(state: CustodyState, asked: CeremonyOrder & Credentials): Promise<object> {
    const begunBy = this.#who(state, asked)
    const { origin, splitting, custodians, checkValue } = asked
    const key = referenceOf(asked.key)
    const name = keyName(key)
    inRange(() => checkSplitting(splitting))
    if (this.#file.find(name)) throw refused('there is a key of this name; a new one has a new version')
    const known = custodians.every((one) => state.custodians.some((other) => other.name === one))
    if (!known || new Set(custodians).size !== splitting.parts || custodians.length !== splitting.parts)
      throw refused('each part has a custodian of its own, and all of them are known')
    const order = {
      key: name,
      origin,
      splitting,
      custodians,
      ...(checkValue ? { checkValue: checkValue.toUpperCase() } : {})
    }
    const begunAt = this.#now()
    const ceremony: Ceremony = { id: randomUUID(), ...order, begunBy, begunAt, state: 'open', parts: [] }
    if (origin === 'drawn') await this.#draw(ceremony, key)
    state.ceremonies.push(ceremony)
    await this.#keep(state, 'ceremony-begun', { ceremony: ceremony.id, by: begunBy, ...order, ...this.#check(name) })
    return { ceremony: ceremony.id, ...this.#check(name) }
  }

  async #draw(ceremony: Ceremony, key: KeyReference): Promise<void> {
    const bytes = newKeyBytes(key)
    const parts = splitKey(bytes, ceremony.splitting)
    ceremony.parts = parts.map((part, nth) => ({
      custodian: ceremony.custodians[nth]!,
      component: hex(part),
      checkValue: partCheckValue(part),
      at: ''
    }))
    await this.#file.add(ceremony.key, { key: bytes, checkValue: keyCheckValueOf(key, bytes), state: 'pending' })
    bytes.fill(0)
  }

  async #enterComponent(
    state: CustodyState,
    asked: { ceremony: string; component: string } & Credentials
  ): Promise<object> {
    const { ceremony, custodian } = this.#part(state, asked, 'entered')
    if (ceremony.parts.some((part) => part.custodian === custodian)) throw refused('this custodian’s part is there')
    const part = inRange(() => fromHex(asked.component))
    const checkValue = partCheckValue(part)
    ceremony.parts.push({ custodian, component: hex(part), checkValue, at: this.#now() })
    await this.#keep(state, 'component-entered', { ceremony: ceremony.id, by: custodian, checkValue })
    if (ceremony.parts.length < ceremony.splitting.needed) return { checkValue, state: ceremony.state }
    return { checkValue, ...(await this.#join(state, ceremony)) }
  }

  /** The key comes into being with the last part; the parts are forgotten whatever comes out. */
  async #join(state: CustodyState, ceremony: Ceremony): Promise<object> {
    const key = referenceOf(ceremony.key)
    const parts = ceremony.parts.map(({ component }) => fromHex(component))
    for (const part of ceremony.parts) part.component = ''
    let fault = ''
    try {
      const bytes = joinParts(parts, ceremony.splitting)
      checkKeyBytes(key, bytes)
      const checkValue = keyCheckValueOf(key, bytes)
      if (ceremony.checkValue && ceremony.checkValue !== checkValue) fault = `the check value is ${checkValue}`
      else await this.#file.add(ceremony.key, { key: bytes, checkValue, state: 'pending' })
      bytes.fill(0)
    } catch (error) {
      fault = (error as Error).message
    }
    ceremony.state = fault ? 'refused' : 'done'
    const outcome = fault ? { refused: fault } : this.#check(ceremony.key)
    await this.#keep(state, fault ? 'ceremony-refused' : 'key-made', {
      ceremony: ceremony.id,
      key: ceremony.key,
      ...outcome
    })
    if (fault) throw refused(`the parts do not make the key: ${fault}`)
    return { state: ceremony.state, key: ceremony.key, keyCheckValue: this.#file.find(ceremony.key)!.checkValue }
  }

  async #takeComponent(state: CustodyState, asked: { ceremony: string } & Credentials): Promise<object> {
    const { ceremony, custodian } = this.#part(state, asked, 'drawn')
    const part = ceremony.parts.find((one) => one.custodian === custodian)!
    if (part.component === '') throw refused('this custodian’s part was taken')
    const { component, checkValue } = part
    part.component = ''
    part.at = this.#now()
    if (ceremony.parts.every((one) => one.component === '')) ceremony.state = 'done'
    await this.#keep(state, 'component-taken', { ceremony: ceremony.id, by: custodian, checkValue })
    return { component, checkValue, state: ceremony.state, ...this.#check(ceremony.key) }
  }

  #part(state: CustodyState, asked: { ceremony: string } & Credentials, origin: Ceremony['origin']) {
    const custodian = this.#who(state, asked)
    const ceremony = state.ceremonies.find(({ id }) => id === asked.ceremony)
    if (!ceremony || ceremony.origin !== origin || ceremony.state !== 'open') throw refused('no such ceremony is open')
    if (!ceremony.custodians.includes(custodian)) throw refused('this custodian has no part in it')
    return { ceremony, custodian }
  }

  async #plan(state: CustodyState, asked: Pick<KeyPlan, 'key' | 'to' | 'from'> & Credentials): Promise<object> {
    const askedBy = this.#who(state, asked)
    const name = keyName(referenceOf(asked.key))
    const stored = this.#file.find(name)
    if (!stored) throw refused('there is no such key')
    if (state.ceremonies.some(({ key, state }) => key === name && state === 'open'))
      throw refused('its ceremony is not done')
    const { to } = asked
    if (!canBecome(stored.state, to)) throw refused(`what is ${stored.state} cannot become ${to}`)
    const plan: KeyPlan = {
      id: randomUUID(),
      key: name,
      to,
      from: instantOf(asked.from),
      askedBy,
      askedAt: this.#now()
    }
    state.plans.push(plan)
    await this.#keep(state, 'change-planned', { plan: plan.id, key: name, to, from: plan.from, by: askedBy })
    return plan
  }

  async #approve(state: CustodyState, asked: { plan: string } & Credentials): Promise<object> {
    const approvedBy = this.#who(state, asked)
    const plan = state.plans.find(({ id }) => id === asked.plan)
    if (!plan || plan.approvedBy) throw refused('no such plan waits for approval')
    if (plan.askedBy === approvedBy) throw refused('a second person must approve')
    Object.assign(plan, { approvedBy, approvedAt: this.#now() })
    await this.#keep(state, 'change-approved', { plan: plan.id, key: plan.key, to: plan.to, by: approvedBy })
    return (await this.#carryOut(state)).plans.find(({ id }) => id === plan.id)!
  }

  /** In the order of their days. */
  async #carryOut(state: CustodyState): Promise<CustodyState> {
    const now = this.#now()
    const due = state.plans.filter((plan) => plan.approvedBy && !plan.doneAt && !plan.refused && plan.from <= now)
    for (const plan of due.toSorted((a, b) => (a.from < b.from ? -1 : 1))) {
      const { state: before } = this.#file.find(plan.key)!
      if (canBecome(before, plan.to)) {
        await this.#file.setState(plan.key, plan.to)
        plan.doneAt = now
      } else plan.refused = `it is ${before} already`
      const facts = {
        plan: plan.id,
        key: plan.key,
        from: before,
        to: plan.to,
        ...(plan.refused ? { refused: plan.refused } : {})
      }
      await this.#keep(state, 'change-done', facts)
    }
    return state
  }

  /** Answers the name; wrong passphrases lock it for a while. */
  #who(state: CustodyState, { custodian, passphrase }: Credentials): string {
    const known = state.custodians.find(({ name }) => name === custodian)
    const failures = this.#failures.get(custodian)
    const now = this.#clock().getTime()
    if (failures && failures.count >= FAILURES_BEFORE_LOCK && failures.until > now)
      throw refused('too many wrong passphrases; wait five minutes')
    if (known && isCustodian(known, passphrase)) {
      this.#failures.delete(custodian)
      return custodian
    }
    if (known) this.#failures.set(custodian, { count: (failures?.count ?? 0) + 1, until: now + LOCK_MILLISECONDS })
    throw refused('custodian or passphrase is wrong')
  }

  #inventory({ custodians, ceremonies, plans }: CustodyState): Inventory {
    const keys = this.#file.names().map((name) => {
      const { state, checkValue } = this.#file.find(name)!
      return { name, state, checkValue, uses: this.#counters.of(name) }
    })
    return {
      keys,
      custodians: custodians.map(({ name }) => name),
      ceremonies: ceremonies.map(({ parts, ...ceremony }) => ({
        ...ceremony,
        parts: parts.map(({ custodian, checkValue, at }) => ({ custodian, checkValue, at }))
      })),
      plans
    }
  }

  #check(name: string): { keyCheckValue?: string } {
    const stored = this.#file.find(name)
    return stored ? { keyCheckValue: stored.checkValue } : {}
  }

  #read(): CustodyState {
    const text = this.#file.custody()
    return text ? (JSON.parse(text) as CustodyState) : { custodians: [], ceremonies: [], plans: [], records: [] }
  }

  async #keep(state: CustodyState, event: string, facts: Record<string, unknown>): Promise<void> {
    const name = keyName(custodyKey)
    if (!this.#file.find(name)) {
      const bytes = newKeyBytes(custodyKey)
      await this.#file.add(name, { key: bytes, checkValue: keyCheckValueOf(custodyKey, bytes) })
    }
    const sign = async (message: Uint8Array): Promise<Uint8Array> => sm2Sign(this.#file.find(name)!.key, message)
    state.records.push(await nextRecord(state.records.at(-1), { at: this.#now(), event, facts }, sign))
    await this.#file.keepCustody(JSON.stringify(state))
  }

  #now(): string {
    return this.#clock().toISOString()
  }
}

function refused(why: string): KeyStoreError {
  return new KeyStoreError('custody-refused', why)
}

function inRange<Result>(work: () => Result): Result {
  try {
    return work()
  } catch (error) {
    throw refused(error instanceof SyntaxError ? 'a part is written in hexadecimal' : (error as Error).message)
  }
}

function referenceOf(name: string): KeyReference {
  try {
    return parseKeyName(name)
  } catch {
    throw refused('that does not name a key: PURPOSE/SCOPE/VERSION/INDEX/ALGORITHM')
  }
}

/** A day begins at midnight in China. */
function instantOf(from: string): string {
  const instant = new Date(DAY.test(from) ? `${from}T00:00:00+08:00` : from)
  if (Number.isNaN(instant.getTime())) throw refused('that is no day: YYYY-MM-DD')
  return instant.toISOString()
}

function partCheckValue(part: Uint8Array): string {
  return hex(sm3(part).subarray(0, 3))
}
