import type { Page } from 'playwright-core'
import { afterEach, beforeAll, expect, test } from 'vitest'
import { addDays, calendarDay } from '../../clearing/business-day.ts'
import { transaction } from '../../clearing/database.ts'
import { enterConveyance, enterPaper, findConveyance } from '../station/register/register-queries.ts'
import { seedProvince } from '../local/sample-province/seed-province.ts'
import { createTestApp } from '../test-app.ts'
import { faultsOf, openTestBrowser, overflowOf } from './test-browser.ts'

const { app, parts, time, passwords } = await createTestApp()
const { visit, complaints } = await openTestBrowser(app, time)
const today = calendarDay(time.now)
const place = '440800P01'

beforeAll(async () => {
  await seedProvince(parts.sql, today)
  await transaction(parts.sql, async (tx) => {
    for (const [code, ranOut] of [
      ['粤A示001', false],
      ['粤A示002', true]
    ] as const) {
      await enterConveyance(tx, code, { mode: 'coach', carrier: 'C01', places: 49 }, { now: time.now })
      const { id } = await findConveyance(tx, code)
      for (const kind of ['vehicle-licence', 'transport-permit', 'liability-insurance'] as const) {
        const validTo = addDays(today, ranOut && kind === 'liability-insurance' ? -1 : 365)
        await enterPaper(
          tx,
          { owner: { conveyance: id }, kind, number: `示例${code}`, validTo, actor: 'test' },
          time.now
        )
      }
    }
  })
})

afterEach(() => {
  expect(complaints.splice(0)).toEqual([])
})

async function enter(page: Page, role: 'station-manager' | 'operator', words: string): Promise<void> {
  time.now = new Date(time.now.getTime() + 31_000)
  await page.getByRole('button', { name: words }).click()
  await page.fill('#sign-in-name', role)
  await page.fill('#sign-in-password', passwords.get(role)!)
  await page.click('dialog button.slim')
  await expect.poll(() => page.inputValue('#sign-in-code')).toMatch(/^\d{6}$/)
  await page.click('dialog .button.main')
  await page.waitForSelector('.register')
}

/** The page begins anew under the operator's name. */
async function enterAsOperator(page: Page): Promise<void> {
  const begun = page.waitForEvent('framenavigated')
  await enter(page, 'operator', '运营登录')
  await begun
  await page.waitForSelector('#session .session-name:has-text("operator")')
  await page.waitForSelector('.register')
}

async function expectUsable(page: Page): Promise<void> {
  for (const width of [1440, 390]) {
    await page.setViewportSize({ width, height: 900 })
    await expect.poll(() => overflowOf(page)).toBe(0)
    expect(await faultsOf(page)).toEqual([])
  }
}

test('the station manager sees whose papers ran out first, and renews them', async () => {
  const page = await visit('/register', { width: 1440, height: 900 })
  await enter(page, 'station-manager', '站长登录')
  await page.getByText('1 个证照缺失或过期').waitFor()
  await expect.poll(() => page.locator('tbody tr').first().textContent()).toContain('承运人责任险过期')
  await page.locator('tbody a').first().click()
  const story = page.locator('article')
  await story.getByText('登记或更换证照').click()
  await story.locator('[name="/kind"]').selectOption('liability-insurance')
  await story.locator('[name="/number"]').fill('新保单')
  await story.locator('[name="/validTo"]').fill(addDays(today, 365))
  await story.getByRole('button', { name: '登记证照' }).click()
  await page.getByText('1 个证照缺失或过期').waitFor({ state: 'detached' })
  await expectUsable(page)
  await page.context().close()
})

test('a door is entered, a device let in with a code that is shown once, and shut out', async () => {
  const page = await visit(`/register#/gates/${place}`, { width: 1440, height: 900 })
  await enter(page, 'station-manager', '站长登录')
  const doors = page.locator('.doors > li')
  await doors.first().waitFor()
  const before = await doors.count()
  await page.getByText('登记或改动检票口').click()
  await page.locator('[name="/name"]').fill('北侧车辆甲板')
  await page.locator('[name="/passage"]').selectOption('deck')
  await page.getByRole('button', { name: '登记检票口' }).click()
  await expect.poll(() => doors.count()).toBe(before + 1)
  const door = page.locator('.doors > li', { hasText: '北侧车辆甲板' })
  await door.locator('.badge', { hasText: '车辆甲板' }).waitFor()
  await door.getByRole('button', { name: '登记设备' }).click()
  await expect.poll(() => door.locator('.enrolment-code').textContent()).toMatch(/^\w{4}-\w{4}-\w{4}$/)

  await transaction(parts.sql, async (tx) => {
    await tx`
      insert into gate_device (id, gate, name, public_key, certificate, not_after, enrolled_at, enrolled_by)
      select gen_random_uuid(), id, '甲板闸机', decode(repeat('ab', 64), 'hex'), '', ${time.now}::timestamptz + interval '1 year',
        ${time.now}, 'clerk:1' from gate where name = '北侧车辆甲板'`
    await tx`
      insert into gate_presence (gate, source, seen_at, lists_at, clock_offset_ms)
      select gate, 'gate:' || id, ${time.now}, ${time.now}::timestamptz - interval '20 minutes', 4000 from gate_device`
  })
  await page.reload()
  await door.getByText('名单 20 分钟前').waitFor()
  await door.getByText('时钟差 4 秒').waitFor()
  await expectUsable(page)
  await door.locator('summary').click()
  await door.locator('[name="/reason"]').selectOption('stolen')
  await door.getByRole('button', { name: '吊销' }).click()
  await door.getByText('已吊销').waitFor()
  expect(await parts.sql`select revoked_reason from gate_device`).toMatchObject([{ revokedReason: 'stolen' }])
  await page.context().close()
})

test('the operator publishes the rules of a place’s gates, and everybody reads them', async () => {
  const page = await visit('/register', { width: 1440, height: 900 })
  await enterAsOperator(page)
  await page.goto(new URL(`/register#/gates/${place}`, page.url()).href)
  await page.getByText('满 24 小时刷码须核证件，满 72 小时停止离线检票').waitFor()
  await page.getByText('为本站公布规则').click()
  await page.fill('[name="/listsRefuseMinutes"]', '2880')
  await page.fill('[name="/mixedLaterMinutes"]', '30')
  await page.selectOption('[name="/documentAlways"]', 'yes')
  await page.fill('[name="/note"]', '台风季')
  await expectUsable(page)
  await page.getByRole('button', { name: '公布，立即生效' }).click()
  await page.getByText('满 48 小时停止离线检票').waitFor()
  await page.getByText('晚 30 分钟以内放行').waitFor()
  await page.getByText('一律核验证件').waitFor()
  await page.context().close()
})

test('the operator rotates the key that signs tickets and revokes one; a station manager is told whose that is', async () => {
  const page = await visit('/register#/issuer-keys', { width: 1440, height: 900 })
  const keys = async () =>
    await parts.sql<{ version: number; revoked: boolean }[]>`
      select version, revoked_at is not null as revoked from issuer_key order by version`
  await enterAsOperator(page)
  await page.getByRole('button', { name: '新钥签发' }).click()
  await page.locator('li[data-version]').first().waitFor()
  await page.getByRole('button', { name: '新钥签发' }).click()
  await page.getByText('其后方可再轮换').waitFor()
  expect(await keys()).toEqual([
    { version: 1, revoked: false },
    { version: 2, revoked: false }
  ])
  const old = page.locator('li[data-version="1"]')
  await old.locator('summary').click()
  await expectUsable(page)
  expect(await old.getByRole('button').isDisabled()).toBe(true)
  await old.getByRole('checkbox').check()
  await old.getByRole('button').click()
  await old.getByText('已吊销').waitFor()
  expect(await keys()).toEqual([
    { version: 1, revoked: true },
    { version: 2, revoked: false }
  ])
  await page.context().close()
})
