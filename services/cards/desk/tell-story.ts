// All that can be said of a card: whose it is, what it did, what it holds and why we think so, what is owed to it and what is asked.
import type { Queryable } from '../../../clearing/database.ts'
import { refuse } from '../../refusals.ts'
import { findIssuerOf } from '../card-number-queries.ts'
import { listClaimsOfCard } from '../claims/claim-queries.ts'
import { shownClaim } from '../claims/claim-schemas.ts'
import { findCard, listEvents } from '../issuing/issuing-queries.ts'
import { shownCard } from '../issuing/issuing-schemas.ts'
import { listLoadsOfCard, listOpenCredits } from '../loading/load-queries.ts'
import { shownLoad } from '../loading/load-schemas.ts'
import { listCompletionsOfCard, listLongest } from '../metro-journeys/metro-queries.ts'
import { openEntries } from '../metro-journeys/metro-rules.ts'
import { listTaps } from './story-queries.ts'
import { storyOf, type Balance, type StoryTap } from './story-rules.ts'

/** What the shadow purse says; `most` taps are looked at. */
export async function rebuildPurse(
  sql: Queryable,
  cardNumber: string,
  most = 60
): Promise<{ taps: (StoryTap & { id: string })[]; balance: Balance | null }> {
  const loads = await listLoadsOfCard(sql, cardNumber)
  const ended = loads.filter(({ state }) => state === 'LOADED')
  const doubtful = loads.filter(({ state, counter }) => state !== 'LOADED' && counter !== null)
  const story = storyOf(
    await listTaps(sql, cardNumber, most),
    ended.map(({ occurredAt, amount, balanceBefore, counter }) => ({
      at: occurredAt!,
      amount,
      balanceAfter: balanceBefore! + amount,
      counter: counter!
    })),
    doubtful.map(({ amount }) => amount)
  )
  return story as Awaited<ReturnType<typeof rebuildPurse>>
}

/** Throws card-issuer-unknown. */
export async function tellStory(sql: Queryable, cardNumber: string, now: Date) {
  const issuer = await findIssuerOf(sql, cardNumber)
  if (!issuer) throw refuse('card-issuer-unknown')
  const card = await findCard(sql, cardNumber)
  const { taps, balance } = await rebuildPurse(sql, cardNumber)
  return {
    issuer: issuer.code,
    issuerName: issuer.name,
    card: card ? shownCard(card) : null,
    balance,
    taps: taps.toReversed(),
    loads: (await listLoadsOfCard(sql, cardNumber)).map(shownLoad),
    owed: await listOpenCredits(sql, cardNumber),
    openEntries: openEntries(taps, await listLongest(sql), now),
    completions: await listCompletionsOfCard(sql, cardNumber),
    claims: (await listClaimsOfCard(sql, cardNumber)).map(shownClaim),
    events: await listEvents(sql, cardNumber)
  }
}

/** For the holder: which window it was is nobody's name. */
export function withoutNames<Story extends { events: readonly { actor: string }[] }>(story: Story): Story {
  return { ...story, events: story.events.map((event) => ({ ...event, actor: event.actor.split(':', 1)[0]! })) }
}
