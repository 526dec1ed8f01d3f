// Cards, loads and what became of them, in words.
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
  converted: both('换卡种', 'Converted')
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
