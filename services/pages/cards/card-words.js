// Cards, loads and what became of them, in words.
import { yuan } from '../shell/format.js'
import { both } from '../shell/language.js'

export const cardStates = {
  ORDERED: ['badge', both('制卡中', 'Being made')],
  STOCK: ['badge', both('库存', 'In stock')],
  ACTIVE: ['badge.good', both('使用中', 'In use')],
  BLOCKED: ['badge.bad', both('已挂失', 'Stopped')],
  REPLACED: ['badge', both('已换卡', 'Replaced')],
  RETURNED: ['badge', both('已退卡', 'Given back')],
  SPOILT: ['badge', both('废卡', 'Spoilt')]
}

export const loadStates = {
  FUNDING: ['badge.warn', both('待付款', 'To be paid')],
  FUNDED: ['badge.warn', both('已付款，待圈存', 'Paid, not loaded yet')],
  AUTHORISED: ['badge.warn', both('待确认', 'Undecided')],
  RETURNING: ['badge.warn', both('退款中', 'Being paid back')],
  LOADED: ['badge.good', both('已到账', 'Loaded')],
  RETURNED: ['badge', both('已退回', 'Given back')],
  CREDITED: ['badge', both('待补登', 'Owed to the card')],
  FAILED: ['badge', both('未付款', 'Not paid')]
}

export const evidences = {
  tac: both('卡的 TAC 证明', 'Proved by the card’s TAC'),
  proof: both('卡的交易证明', 'Proved by the card'),
  'later-counter': both('卡的计数已前进', 'The card’s counter moved on'),
  'fresh-mac': both('卡现场核对', 'Proved by the card, there and then'),
  purchase: both('由其后的消费证明', 'Shown by its next purchase'),
  'no-card': both('一天内未见卡', 'No card came within the day'),
  deadline: both('一天内无证明，归持卡人', 'No proof within the day: in the holder’s favour'),
  'not-paid': both('付款未成功', 'The payment failed')
}

export const events = {
  issued: both('发卡', 'Issued'),
  named: both('记名', 'Named'),
  unnamed: both('注销记名', 'Holder forgotten'),
  blocked: both('挂失', 'Stopped'),
  unblocked: both('解挂', 'Goes on'),
  replaced: both('换卡', 'Replaced'),
  converted: both('换卡种', 'Converted'),
  lost: both('挂失申请', 'Reported lost'),
  unreadable: both('坏卡申请', 'Handed in unreadable'),
  returned: both('退卡', 'Given back'),
  paid: both('余额已处理', 'Balance settled'),
  refused: both('申请未通过', 'Claim refused'),
  journey: both('行程补全', 'Journey completed'),
  disputed: both('交易存疑', 'Line doubted')
}

export const claimStates = {
  WAITING: ['badge.warn', both('等待清算', 'Waits for what comes late')],
  'TO-APPROVE': ['badge.warn', both('待第二人复核', 'For a second person')],
  PAID: ['badge.good', both('已处理', 'Settled')],
  REFUSED: ['badge.bad', both('未通过', 'Refused')]
}

export const claimKinds = {
  lost: both('挂失', 'Lost'),
  unreadable: both('坏卡', 'Unreadable'),
  returned: both('退卡', 'Given back'),
  replaced: both('换卡', 'Replaced')
}

export const claimGrounds = {
  chip: both('依据：卡片当场证明', 'Shown by the card itself'),
  purse: both('依据：逐笔推算，无断点', 'Rebuilt line by line, nothing missing'),
  gap: both('依据：逐笔推算，有断点', 'Rebuilt line by line, something is missing')
}

export const journeyGrounds = {
  'own-entry': both('按同一进出站的通常票价', 'by what this pair of gates usually costs'),
  'own-journeys': both('按持卡人的通常行程', 'by the holder’s usual journey'),
  others: both('按他人在此出站的通常票价', 'by what others pay who leave here'),
  nothing: both('无法推定，由人工处理', 'nobody can say: a person looks at it')
}

/** Why a line does not continue the one before, in words with its figures. */
export function gapWords({ kind, count, fen }) {
  const worth = yuan(Math.abs(fen))
  switch (kind) {
    case 'missing-taps':
      return count > 0
        ? both(
            `前面缺 ${count} 笔消费（合 ${worth}）：终端尚未上传，或当时中断`,
            `${count} purchases before it are missing (${worth}): not sent in yet, or torn`
          )
        : both(`前面少 ${worth}：有消费尚未上传`, `${worth} less before it: a purchase has not been sent in yet`)
    case 'loaded-elsewhere':
      return both(`前面多 ${worth}：在他处充值`, `${worth} more before it: loaded where we have not seen it`)
    case 'undecided-load':
      return both(
        `前面多 ${worth}：正是一笔未确认的充值`,
        `${worth} more before it: just what an unconfirmed load would be`
      )
    case 'rewound':
      return both('卡内计数倒退：疑似复制卡', 'The card’s counter ran back: perhaps a copied card')
    case 'lost-money':
      return both(`余额少 ${worth} 而计数未动：须查`, `${worth} less and no counter moved: to be looked into`)
    default:
      return both('来源未给出余额', 'The source tells no balance')
  }
}

export const services = {
  1: both('公交', 'Bus'),
  2: both('地铁', 'Metro'),
  3: both('单车', 'Bicycle'),
  4: both('出租', 'Taxi'),
  5: both('有轨', 'Tram'),
  6: both('轮渡', 'Ferry'),
  8: both('停车', 'Parking')
}
