// A card's story as the API shows it, to a window and to the holder's own page.
import { Type } from 'typebox'
import { FenSchema } from '../../../clearing/money.ts'
import { Instant } from '../../timetable/timetable-schemas.ts'
import { ShownClaim } from '../claims/claim-schemas.ts'
import { ShownCard } from '../issuing/issuing-schemas.ts'
import { CardLoad } from '../loading/load-schemas.ts'

const nullable = <const Schema extends Parameters<typeof Type.Union>[0][number]>(schema: Schema) =>
  Type.Union([schema, Type.Null()])

const Gap = Type.Object(
  {
    kind: Type.Enum(['missing-taps', 'loaded-elsewhere', 'undecided-load', 'rewound', 'lost-money', 'untold']),
    count: Type.Integer({ description: '缺失笔数' }),
    fen: Type.Integer({ description: '比应有余额多出的金额，可为负' })
  },
  { description: '断点及其原因' }
)

const ShownTap = Type.Object({
  at: Instant,
  counter: Type.Integer({ description: '脱机交易序号' }),
  amount: FenSchema,
  price: FenSchema,
  balanceAfter: nullable(Type.Integer()),
  acquirer: Type.String(),
  service: Type.Integer(),
  passage: Type.Integer(),
  terminal: Type.String(),
  id: Type.String({ description: '文件:行，用于差错' }),
  file: Type.String(),
  line: Type.Integer(),
  link: Type.Enum(['first', 'continues', 'gap']),
  gap: nullable(Gap)
})

const Proof = Type.Object(
  {
    opening: Type.Integer(),
    spent: Type.Integer(),
    loaded: Type.Integer(),
    unexplained: Type.Integer(),
    offline: Type.Integer(),
    online: Type.Integer()
  },
  { description: '影子钱包：期初 − 消费 + 充值 + 未明 = 余额；offline、online 为脱机与联机交易笔数' }
)

export const CardStory = Type.Object({
  issuer: Type.String(),
  issuerName: Type.String(),
  card: nullable(ShownCard),
  balance: nullable(
    Type.Object({
      fen: Type.Integer(),
      at: Instant,
      restsOn: Type.Enum(['tap', 'load']),
      unbroken: Type.Boolean(),
      proof: Proof,
      gaps: Type.Array(Gap)
    })
  ),
  taps: Type.Array(ShownTap),
  loads: Type.Array(CardLoad),
  owed: Type.Array(Type.Object({ load: Type.String(), amount: FenSchema, madeAt: Instant })),
  openEntries: Type.Array(Type.Object({ at: Instant, acquirer: Type.String(), terminal: Type.String() }), {
    description: '进站未见出站'
  }),
  completions: Type.Array(
    Type.Object({
      at: Instant,
      acquirer: Type.String(),
      chargedFen: FenSchema,
      usualFen: nullable(FenSchema),
      restsOn: Type.Enum(['own-entry', 'own-journeys', 'others', 'nothing'])
    }),
    { description: '不完整行程的自动补全与退款' }
  ),
  claims: Type.Array(ShownClaim),
  events: Type.Array(Type.Object({ at: Instant, event: Type.String(), actor: Type.String(), note: Type.String() }))
})
