// A holder's own cards as the API takes and shows them. A card number is in bodies only, never in an address.
import { Type } from 'typebox'
import { disputeReasons, type DisputeReason } from '../../../clearing/disputes/dispute-codes.ts'
import { DocumentSchema } from '../../identity/identity-schemas.ts'
import { Instant } from '../../timetable/timetable-schemas.ts'
import { CardStory } from '../desk/story-schemas.ts'
import { CardAnswerBody, CardNumber } from '../loading/load-schemas.ts'

const closed = { additionalProperties: false } as const
const nullable = <const Schema extends Parameters<typeof Type.Union>[0][number]>(schema: Schema) =>
  Type.Union([schema, Type.Null()])

export const ShowRequest = Type.Object(
  {
    cardNumber: CardNumber,
    document: Type.Optional(DocumentSchema),
    card: Type.Optional(CardAnswerBody)
  },
  { ...closed, description: '记名卡凭证件，不记名卡须将卡放上读卡器' }
)

export const OwnCard = Type.Object({
  cardNumber: CardNumber,
  shownBy: Type.Enum(['document', 'chip']),
  until: Instant,
  story: CardStory
})

export const StopRequest = Type.Object({ cardNumber: CardNumber, stopped: Type.Boolean() }, closed)

export const MoveRequest = Type.Object({ cardNumber: CardNumber, toCard: CardNumber, document: DocumentSchema }, closed)

export const DisputeRequest = Type.Object(
  {
    cardNumber: CardNumber,
    transaction: Type.String({ pattern: '^\\d{1,9}:\\d{1,9}$' }),
    reason: Type.Enum(Object.keys(disputeReasons) as DisputeReason[])
  },
  closed
)

export const OpenedDispute = Type.Object({ id: Type.Integer(), answerDue: Instant })
export const OfHolder = Type.Object({ document: DocumentSchema }, closed)

export const HolderCopy = Type.Object({
  madeAt: Instant,
  cards: Type.Array(
    Type.Object({
      cardNumber: CardNumber,
      holder: Type.Object({
        name: Type.String(),
        documentKind: nullable(Type.String()),
        documentNumber: nullable(Type.String())
      }),
      story: CardStory
    })
  )
})

export const ForgottenCards = Type.Array(
  Type.Object({
    cardNumber: CardNumber,
    forgotten: Type.Boolean(),
    reason: nullable(Type.Enum(['card-needs-name', 'claim-open']))
  })
)
