// GET /v1/notices: what became of one's own departures, with where one could go instead; and the delivery log for the station.
import { Type } from 'typebox'
import type { Database } from '../../../clearing/database.ts'
import { sessionOf } from '../../access/require-permit.ts'
import type { App, Parts } from '../../parts.ts'
import { viewerOf } from '../../ticketing/show-order.ts'
import { TicketNo } from '../../ticketing/ticketing-schemas.ts'
import { Instant } from '../../timetable/timetable-schemas.ts'
import { findDepartures } from '../disruption/disruption-queries.ts'
import { DisruptionKind } from '../disruption/disruption-schemas.ts'
import { findAlternatives } from '../disruption/preview-disruption.ts'
import { byId, Uuid } from '../station-schemas.ts'
import { factsKey, findNoticeFacts, findNoticesOf, findNoticesOfDisruption } from './notice-queries.ts'
import { noticeWords } from './notice-rules.ts'

const tags = ['班次异常 Disruption']

const Notice = Type.Object({
  id: Uuid,
  kind: DisruptionKind,
  at: Instant,
  orderId: Uuid,
  departure: Type.Integer(),
  tickets: Type.Array(TicketNo),
  text: Type.String(),
  english: Type.String(),
  alternatives: Type.Array(
    Type.Object({
      departure: Type.Integer(),
      number: Type.String(),
      departsAt: Instant,
      placesLeft: Type.Integer()
    }),
    { description: '建议改乘；免费改签到其中之一' }
  )
})

const LoggedNotice = Type.Object({
  means: Type.Enum(['app', 'sms', 'voice', 'channel', 'none']),
  state: Type.Enum(['WAITING', 'SENT', 'GIVEN_UP', 'HANDED_OVER', 'NO_ADDRESS']),
  passengers: Type.Integer(),
  attempts: Type.Integer(),
  endedAt: Type.Union([Instant, Type.Null()]),
  ticketNo: TicketNo
})

/** Alternatives are looked up for the newest few. */
const lookedUpMax = 3

export function noticeRoutes(app: App, { sql, clock }: Parts): void {
  app.get(
    '/v1/notices',
    {
      config: { permit: 'read-own-notices' },
      schema: { tags, summary: '我的班次通知 News of one’s own departures', response: { 200: Type.Array(Notice) } }
    },
    async (request) => await showNotices(sql, viewerOf(sessionOf(request)).owner, clock())
  )

  app.get(
    '/v1/disruptions/:id/notices',
    {
      config: { permit: 'read-station-day' },
      schema: {
        tags,
        summary: '通知送达记录 The delivery log of a command, five hundred at most',
        params: byId,
        response: { 200: Type.Array(LoggedNotice) }
      }
    },
    async ({ params }) => await findNoticesOfDisruption(sql, params.id)
  )
}

async function showNotices(sql: Database, owner: string, now: Date) {
  const notices = await findNoticesOf(sql, owner)
  const facts = await findNoticeFacts(sql, notices)
  return await Promise.all(
    notices.map(async (notice, index) => {
      const about = facts.get(factsKey(notice))!
      const [text, english] = noticeWords(about)
      const choosing = index < lookedUpMax && (about.suspended > about.refunding || about.kind === 'DELAY')
      const [departure] = choosing ? await findDepartures(sql, [notice.departure]) : []
      const alternatives = departure ? await findAlternatives(sql, departure, new Set(), now) : []
      return { ...notice, kind: about.kind, text, english, alternatives }
    })
  )
}
