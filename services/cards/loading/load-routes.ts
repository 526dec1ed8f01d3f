// /v1/card-loads and /v1/load-agents: loading cards at windows, agents and phones, and who may do it on whose float.
import { Type } from 'typebox'
import { findParticipant } from '../../../clearing/participants/participant-queries.ts'
import { transaction } from '../../../clearing/database.ts'
import { refuse as refuseClearing } from '../../../clearing/refusals.ts'
import type { Session } from '../../access/sign-in.ts'
import { sessionOf } from '../../access/require-permit.ts'
import type { App, Parts } from '../../parts.ts'
import { openGateways } from '../../payments/open-gateways.ts'
import { problems } from '../../problem.ts'
import { refuse } from '../../refusals.ts'
import { findIssuerOf } from '../card-number-queries.ts'
import { addFloat, findAgent, listAgents, saveAgent, type LoadAgent } from './agent-queries.ts'
import { beginLoad } from './begin-load.ts'
import { confirmLoad, proveLoad, requireLoad } from './decide-load.ts'
import { fundLoad } from './fund-load.ts'
import { findLoad, listAlarms, listLoadsOfCard, listOpenCredits } from './load-queries.ts'
import {
  Agent,
  AgentBody,
  AgentCode,
  BegunLoadAnswer,
  CardAnswerBody,
  CardLoad,
  Confirmation,
  FloatBody,
  FundingAnswer,
  FundingRequest,
  LoadRequest,
  LoadsOfCard,
  OfCard,
  shownLoad
} from './load-schemas.ts'

const tags = ['充值 Card loads']
const byId = Type.Object({ id: Type.String({ format: 'uuid' }) })
const byCode = Type.Object({ code: AgentCode })

export function loadRoutes(app: App, parts: Parts): void {
  fundRoutes(app, parts)
  beginRoutes(app, parts)
  decideRoutes(app, parts)
  showRoutes(app, parts)
  agentRoutes(app, parts)
}

function fundRoutes(app: App, parts: Parts): void {
  const { sql, config, clock } = parts
  app.put(
    '/v1/card-loads/:id/payment',
    {
      config: { permit: 'pay-card-load' },
      schema: {
        tags,
        summary: '充值付款 Pay for a load before the card is presented',
        params: byId,
        body: FundingRequest,
        response: { 200: FundingAnswer, ...problems('card-issuer-unknown', 'participant-not-found', 'load-differs') }
      }
    },
    async (request) => {
      const { cardNumber, amount, operator } = request.body
      const issuer = await findIssuerOf(sql, cardNumber)
      if (!issuer) throw refuse('card-issuer-unknown')
      const gateway = openGateways(sql, config.gatewayFaultsPercent)['simulated-cashier']
      const order = {
        id: request.params.id,
        cardNumber,
        amount,
        issuer: issuer.id,
        operator: await operatorId(parts, operator)
      }
      return await fundLoad({ sql, gateway }, order, clock())
    }
  )
}

function beginRoutes(app: App, parts: Parts): void {
  const { sql, clock } = parts
  app.put(
    '/v1/card-loads/:id',
    {
      config: { permit: 'pay-card-load' },
      schema: {
        tags,
        summary: '圈存 Begin a load: MAC1 checked, money taken, MAC2 made',
        params: byId,
        body: LoadRequest,
        response: {
          200: BegunLoadAnswer,
          ...problems(
            'card-issuer-unknown',
            'card-key-unknown',
            'load-agent-not-found',
            'load-mac-wrong',
            'load-undecided',
            'load-differs',
            'load-ended',
            'load-amount-out-of-range',
            'card-balance-too-high',
            'card-daily-limit',
            'agent-float-spent',
            'card-credit-not-found'
          )
        }
      }
    },
    async (request) => {
      const { cardNumber, amount, credit, card } = request.body
      const issuer = await findIssuerOf(sql, cardNumber)
      if (!issuer) throw refuse('card-issuer-unknown')
      const paid = await findLoad(sql, request.params.id)
      const agent = paid?.money === 'payment' ? null : await agentFor(parts, request.body.agent, sessionOf(request))
      const order = {
        id: request.params.id,
        card: { ...card, cardNumber, issuer: issuer.code },
        issuerId: issuer.id,
        operatorId: agent?.operatorId ?? (await operatorId(parts, paid!.operator)),
        agent: credit === undefined ? agent : null,
        credit: credit ?? null,
        amount
      }
      return await beginLoad(parts, order, clock())
    }
  )
}

function decideRoutes(app: App, parts: Parts): void {
  app.post(
    '/v1/card-loads/:id/confirmation',
    {
      config: { permit: 'pay-card-load' },
      schema: {
        tags,
        summary: '圈存确认 Confirm a load by the card’s TAC; again and late too',
        params: byId,
        body: Confirmation,
        response: { 200: CardLoad, ...problems('load-not-found', 'load-ended', 'load-tac-wrong') }
      }
    },
    async (request) => shownLoad(await confirmLoad(parts, request.params.id, request.body.tac, parts.clock()))
  )
  app.post(
    '/v1/card-loads/:id/proof',
    {
      config: { permit: 'pay-card-load' },
      schema: {
        tags,
        summary: '充值冲正核对 Prove by a fresh MAC1 where the card’s counter stands; not loaded is given back',
        params: byId,
        body: CardAnswerBody,
        response: {
          200: CardLoad,
          ...problems(
            'load-not-found',
            'load-challenge-missing',
            'load-mac-wrong',
            'load-card-differs',
            'card-key-unknown'
          )
        }
      }
    },
    async (request) => shownLoad(await proveLoad(parts, request.params.id, request.body, parts.clock()))
  )
}

function showRoutes(app: App, { sql }: Parts): void {
  app.get(
    '/v1/card-loads/:id',
    {
      config: { permit: 'pay-card-load' },
      schema: {
        tags,
        summary: '查询充值 A load',
        params: byId,
        response: { 200: CardLoad, ...problems('load-not-found') }
      }
    },
    async (request) => shownLoad(await requireLoad(sql, request.params.id))
  )
  app.post(
    '/v1/card-loads/of-card',
    {
      config: { permit: 'load-cards' },
      schema: {
        tags,
        summary: '某卡的充值与待补登 Loads of a card, and what is owed to it',
        body: OfCard,
        response: { 200: LoadsOfCard }
      }
    },
    async (request) => {
      const { cardNumber } = request.body
      const owed = await listOpenCredits(sql, cardNumber)
      return {
        loads: (await listLoadsOfCard(sql, cardNumber)).map(shownLoad),
        owed: owed.map(({ load, amount, madeAt }) => ({
          load,
          amount: amount as CardLoad['amount'],
          madeAt
        }))
      }
    }
  )
  app.get(
    '/v1/card-loads/alarms',
    {
      config: { permit: 'run-cards' },
      schema: { tags, summary: '已扣款未充值告警 Money taken and not loaded', response: { 200: Type.Array(CardLoad) } }
    },
    async () => (await listAlarms(sql)).map(shownLoad)
  )
}

function agentRoutes(app: App, parts: Parts): void {
  const { sql, clock } = parts
  app.get(
    '/v1/load-agents',
    {
      config: { permit: 'run-cards' },
      schema: { tags, summary: '充值代理点 Load agents', response: { 200: Type.Array(Agent) } }
    },
    async () => (await listAgents(sql)).map(shownAgent)
  )
  app.put(
    '/v1/load-agents/:code',
    {
      config: { permit: 'run-cards' },
      schema: {
        tags,
        summary: '设置代理点 Open or change a load agent',
        params: byCode,
        body: AgentBody,
        response: { 200: Agent, ...problems('participant-not-found') }
      }
    },
    async (request) => {
      const { operator, ...agent } = request.body
      const { code } = request.params
      const saved = { ...agent, code, operatorId: await operatorId(parts, operator) }
      await transaction(sql, async (tx) => await saveAgent(tx, saved))
      return shownAgent((await findAgent(sql, code))!)
    }
  )
  app.post(
    '/v1/load-agents/:code/float',
    {
      config: { permit: 'run-cards' },
      schema: {
        tags,
        summary: '代理点预存款 Money an agent pays ahead',
        params: byCode,
        body: FloatBody,
        response: { 200: Agent, ...problems('load-agent-not-found') }
      }
    },
    async (request) => {
      const agent = await findAgent(sql, request.params.code)
      if (!agent) throw refuse('load-agent-not-found')
      await transaction(sql, async (tx) => await addFloat(tx, agent, request.body.amount, clock()))
      return shownAgent((await findAgent(sql, agent.code))!)
    }
  )
}

/** Throws participant-not-found. */
async function operatorId({ sql }: Parts, code: string): Promise<number> {
  const operator = await findParticipant(sql, code)
  if (operator?.role !== 'acquirer') throw refuseClearing('participant-not-found')
  return operator.id
}

async function agentFor({ sql }: Parts, code: string | undefined, { role, accountId }: Session): Promise<LoadAgent> {
  const agent = code === undefined ? undefined : await findAgent(sql, code)
  if (!agent || (agent.keeper !== role && agent.keeper !== `${role}:${accountId}`)) throw refuse('load-agent-not-found')
  return agent
}

function shownAgent({ code, name, operator, keeper, state, floatFen, creditFen }: LoadAgent) {
  return {
    code,
    name,
    operator,
    keeper,
    state,
    floatFen: floatFen as CardLoad['amount'],
    creditFen: creditFen as CardLoad['amount']
  }
}
