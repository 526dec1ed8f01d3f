import { createHash, randomUUID } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { connect, transaction, type Database } from '../../clearing/database.ts'
import { migrate } from '../../clearing/migrate.ts'
import { cancelHold, findOrderRows } from './order-queries.ts'

const folder = new URL('../../migrations/', import.meta.url)
const admin = connect(inject('databaseUrl'), { max: 1 })
const name = `test_${randomUUID().replaceAll('-', '')}`
let sql: Database
beforeAll(async () => {
  await admin.unsafe(`create database ${name}`)
  const url = new URL(inject('databaseUrl'))
  url.pathname = `/${name}`
  sql = connect(url.href, { max: 3 })
})
afterAll(async () => {
  await sql.end({ timeout: 5 })
  await admin.unsafe(`drop database if exists ${name} with (force)`)
  await admin.end()
})

/** As the first start of the first version left it. */
async function migrateTo(last: string): Promise<void> {
  await sql`create table migration (name text primary key, checksum text not null, applied_at timestamptz not null default now())`
  for (const file of readdirSync(folder)
    .filter((file) => file < last)
    .toSorted()) {
    const text = readFileSync(new URL(file, folder), 'utf8')
    await sql.unsafe(text)
    await sql`insert into migration (name, checksum) values (${file}, ${createHash('sm3').update(text).digest('hex')})`
  }
}

test('a database of the first version keeps its orders: a seat and a free child, on the one leg they had', async () => {
  await migrateTo('0013')
  await transaction(sql, async (tx) => {
    await tx.unsafe(`
      insert into place (code, kind, name, city) values ('440100001', 'station', '甲站', '广州'), ('441300001', 'station', '乙站', '惠州');
      insert into carrier (code, name) values ('C01', '示例公司');
      insert into line (code, name, mode, class, carrier, real_name) values ('L1', '甲 — 乙', 'coach', 2, 1, true);
      insert into line_stop (line, position, place, minutes, kilometres) values (1, 0, 1, 0, 0), (1, 1, 2, 140, 150);
      insert into refund_policy (code, name, source) values ('p', '退票', '');
      insert into sale_policy (mode, valid_from, presale_days, sale_closes_minutes, hold_minutes, passengers_per_order, free_children_per_adult,
        free_age_max, half_age_max, check_in_opens_minutes, check_in_closes_minutes, void_minutes, refund_policy)
      values ('coach', '2026-01-01', 15, 10, 15, 5, 1, 6, 14, 120, 0, 30, 1);
      insert into departure (line, number, day, departs_at, places) values (1, 'L1-0800', '2026-12-02', '2026-12-02 08:00+08', 45);
      insert into seat_map (departure, occupied) values (1, array_fill(0, array[45]));
      insert into capacity_pool (departure, pool, capacity) values (1, 'free-child', 4)`)
  })
  const id = randomUUID()
  const coupon = { service_fee: 0, document_kind: null, document_digest: null, identity: '00' }
  const asked = {
    id,
    digest: '00'.repeat(32),
    owner: 'passenger:one',
    departure: 1,
    fromPosition: 0,
    toPosition: 1,
    total: 6700,
    placedAt: '2026-12-01T08:00:00+08:00',
    holdUntil: '2026-12-01T08:15:00+08:00',
    numberPrefix: '44010000200',
    refundPolicy: 1,
    seats: 1,
    passengers: 0,
    freeChildren: 1,
    coupons: [
      { ...coupon, pool: null, fare_kind: 'full', fare: 6700 },
      { ...coupon, pool: 'free-child', fare_kind: 'free', fare: 0 }
    ]
  }
  await sql`select hold_order(${sql.json(asked)})`

  expect((await migrate(sql)).length).toBeGreaterThan(0)
  const rows = await findOrderRows(sql, id)
  expect(rows.map(({ seat, fare, leg, ride }) => [seat, fare, leg, ride.departure, ride.fromName])).toEqual([
    [1, 6700, 0, 1, '甲站'],
    [null, 0, 0, 1, '甲站']
  ])
  expect(await cancelHold(sql, id)).toBe(true)
  const [left] = await sql`
    select (select occupied[1] from seat_map) as seat, (select taken from capacity_pool where pool = 'free-child') as children`
  expect({ ...left }).toEqual({ seat: 0, children: 0 })
})
