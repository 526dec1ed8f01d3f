import type { Page } from 'playwright-core'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { calendarDay, shanghaiInstant } from '../../clearing/business-day.ts'
import { transaction } from '../../clearing/database.ts'
import { layRegister } from '../local/sample-province/sample-register.ts'
import { layStationDay } from '../local/sample-province/sample-station-day.ts'
import { seedProvince } from '../local/sample-province/seed-province.ts'
import { createTestApp } from '../test-app.ts'
import { faultsOf, openTestBrowser, overflowOf, settled, type Viewport } from './test-browser.ts'

const { app, parts, time, passwords } = await createTestApp()
// Mid-morning, whenever the test runs: what a station's day shows depends on the hour.
time.now = shanghaiInstant(calendarDay(time.now), 10 * 3600)
const { visit, complaints } = await openTestBrowser(app, time)
const desk: Viewport = { width: 1440, height: 900 }
const phone: Viewport = { width: 390, height: 844 }
const [place, placeName] = ['440800P01', '徐闻港']

beforeAll(async () => {
  const today = calendarDay(time.now)
  await seedProvince(parts.sql, today)
  await transaction(parts.sql, async (tx) => await layRegister(tx, today))
  await layStationDay(parts, time.now)
})

afterEach(() => {
  expect(complaints.splice(0)).toEqual([])
})

async function expectUsable(page: Page, where: string): Promise<void> {
  const before = page.viewportSize()!
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    expect.soft([where, colorScheme, await faultsOf(page)]).toEqual([where, colorScheme, []])
  }
  await page.emulateMedia({ colorScheme: 'light' })
  for (const width of [320, 720]) {
    await page.setViewportSize({ width, height: 568 })
    const overflow = await settled(
      page,
      () => overflowOf(page),
      (pixels) => pixels === 0
    )
    expect.soft([where, width, overflow]).toEqual([where, width, 0])
  }
  await page.setViewportSize(before)
}

async function openDesk(viewport: Viewport): Promise<Page> {
  time.now = new Date(time.now.getTime() + 31_000)
  const page = await visit('/station', viewport)
  await page.click('main .button.main')
  await page.fill('#sign-in-name', 'dispatcher')
  await page.fill('#sign-in-password', passwords.get('dispatcher')!)
  await page.click('dialog button.slim')
  await expect.poll(() => page.inputValue('#sign-in-code')).toMatch(/^\d{6}$/)
  await page.click('dialog .button.main')
  await page.fill('#place', placeName)
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await page.waitForSelector('.day li[data-departure]')
  return page
}

describe('the dispatcher’s desk', () => {
  test('shows how old the gates’ lists are, and what is owed for their conflicts, which one alone does not forgive', async () => {
    await transaction(parts.sql, async (tx) => {
      await tx`
        insert into gate_presence (gate, source, seen_at, lists_at)
        select gate.id, 'gate:one', ${time.now}, ${time.now}::timestamptz - interval '20 minutes' from gate
        join place on place.id = gate.place where place.code = ${place} order by gate.number limit 1`
      await tx`
        with made as (
          insert into boarding_check (gate, nonce, ticket_no, means, result, actor, checked_at, received_at, conflict)
          select gate.id, gen_random_uuid(), null, 'document', 'OPEN', 'gate:one', ${time.now}, ${time.now}, 'boarded-refunded'
          from gate join place on place.id = gate.place where place.code = ${place} order by gate.number limit 1
          returning id, gate)
        insert into gate_conflict (kind, "check", place, recorded_at, owed)
        select 'boarded-refunded', made.id, gate.place, ${time.now}, 4150 from made join gate on gate.id = made.gate`
    })
    const page = await openDesk(desk)
    const gates = page.locator('.gates')
    await gates.getByText('应补 ¥41.50').waitFor()
    await gates.getByText('20 分钟前').waitFor()
    await expectUsable(page, 'the gates')
    await gates.getByRole('button', { name: '免收' }).click()
    await gates.getByText('待站长同意：').waitFor()
    const conflict = async () =>
      await parts.sql`select proposed, resolution from gate_conflict where owed = 4150`.then(([row]) => row)
    expect(await conflict()).toEqual({ proposed: 'waived', resolution: null })
    await page.close()
  })

  test('takes a report, assigns a bay, and says in words why something cannot be done yet', async () => {
    const page = await openDesk(desk)
    await expectUsable(page, 'the day')
    const unreported = page
      .locator('.day li')
      .filter({ hasText: /泊位[4-6]/ })
      .first()
    await unreported.locator('.departure').click()
    await page.waitForSelector('.step.next')
    await page.click('.step.next .button')
    await page.waitForSelector('#vehicle option:not([disabled])', { state: 'attached' })
    await expectUsable(page, 'a report')
    await page.click('.form .button.main')
    const answer = page.locator('.step.done', { hasText: '示例海峡' }).or(page.locator('.notice.bad'))
    await expect.poll(() => answer.count()).toBeGreaterThan(0)
    await page.click('.step:nth-child(2) .button')
    await page.fill('#bay', '泊位9')
    await page.keyboard.press('Enter')
    await expect.poll(() => page.textContent('.step:nth-child(2)')).toContain('泊位9')
    await page.context().close()
  })

  test('by keyboard alone: moves through the day, opens, picks', async () => {
    const page = await openDesk(desk)
    await page.locator('.departure').first().focus()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press(' ')
    await expect.poll(() => page.textContent('.chosen-bar')).toContain('已选 1 个班次')
    await page.keyboard.press('x')
    await page.waitForSelector('dialog[open] #kind')
    await page.keyboard.press('Escape')
    await page.locator('.departure').first().focus()
    await page.keyboard.press('Enter')
    await page.waitForSelector('.panel h2')
    await page.context().close()
  })

  test('suspends a sailing: preview, confirmation, progress; and the board of the port says so by itself', async () => {
    const board = await visit(`/board#${place}`, phone)
    await board.waitForSelector('.board tbody tr')
    await expect.poll(() => board.textContent('.board')).toContain('晚点至')
    await expectUsable(board, 'the board')
    const page = await openDesk(phone)
    await page.locator('.day li').filter({ hasText: '晚点至' }).first().locator('.departure').click()
    await expectUsable(page, 'a departure')
    await page.click('.actions .danger')
    await page.selectOption('#kind', 'SUSPEND')
    await page.fill('#note', '海事通知停航')
    await expectUsable(page, 'a disruption')
    await page.click('dialog .button.main')
    await page.waitForSelector('dialog .figures')
    expect(await page.textContent('dialog .figures')).toContain('客票7')
    await expectUsable(page, 'its preview')
    await page.click('dialog .danger')
    await page.waitForSelector('dialog .running-row')
    await expect.poll(() => page.textContent('dialog')).toContain('挂起7')
    await expectUsable(page, 'its progress')
    await expect.poll(() => board.textContent('.board'), { timeout: 15_000 }).toContain('暂停')
    await board.context().close()
    await page.context().close()
  })
})
