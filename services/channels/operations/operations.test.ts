import { describe, expect, it } from 'vitest'
import { problemText } from '../../problem.ts'
import { createTestApp } from '../../test-app.ts'
import { errorMap, operationMap } from './operation-map.ts'

const { call } = await createTestApp()

/** Ticketing facts §1.6, both sides of the list. */
const zhuhai =
  `班次更新 锁定座票 取消锁票 售票明细 售票重打印 废票 退票 取退票费率 检票 对帐明细 代理认证 取票号 班次基本信息查询 取得班次票价
取得中心站点信息 确认接口 取客运站站点编码 取票价 售票更新 废票/重打印/退票更新 班次信息表 站点信息表 检票信息表 售票明细表(财务对帐用) 售票查询`.split(
    /\s+/
  )

describe('the mapping of operations', () => {
  it('covers the whole Zhuhai list', () => {
    const covered = new Set(operationMap.flatMap((each) => each.zhuhai))
    expect(zhuhai.filter((name) => !covered.has(name))).toEqual([])
  })

  it('names operations that are there, and refusals that are refusals', async () => {
    const { body: file } = await call({ url: '/openapi.json' })
    const known = Object.entries(file.paths as Record<string, object>).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`)
    )
    expect(operationMap.flatMap((each) => each.ours).filter((name) => !known.includes(name))).toEqual([])
    for (const code of errorMap.flatMap(({ ours }) => ours)) expect(problemText(code as never)[1]).toBeTruthy()
  })

  it('is served as JSON and as a page', async () => {
    const { body } = await call({ url: '/v1/operations' })
    expect(body.operations).toHaveLength(operationMap.length)
    const page = await call({ url: '/docs/operations' })
    expect(page.headers['content-type']).toContain('text/html')
    for (const name of zhuhai) expect(page.body).toContain(name)
  })
})
