// What the gate keeps on its device (IndexedDB): its lists, every scan it decided by itself until the platform has it, and what it let
// through. A scan is on the disk before the gate opens.
import { newId } from '../shell/api.js'

const stores = { lists: 'gate', logs: 'gate', scans: ['gate', 'sequence'], used: ['gate', 'ticketNo'] }
/** A ticket let through stays known for longer than any list is believed. */
const usedForMs = 5 * 24 * 3_600_000

let opened

async function database() {
  opened ??= new Promise((resolve, reject) => {
    const asked = indexedDB.open('gate', 1)
    asked.addEventListener('upgradeneeded', () => {
      for (const [name, keyPath] of Object.entries(stores)) asked.result.createObjectStore(name, { keyPath })
    })
    asked.addEventListener('success', () => resolve(asked.result))
    asked.addEventListener('error', () => reject(asked.error))
  })
  return await opened
}

/** Runs `work` on the named stores in one transaction; what it returns, once all of it is on the disk. */
async function inStores(names, mode, work) {
  const transaction = (await database()).transaction(names, mode, { durability: 'strict' })
  const done = new Promise((resolve, reject) => {
    transaction.addEventListener('complete', () => resolve())
    transaction.addEventListener('abort', () => reject(transaction.error))
  })
  const [result] = await Promise.all([work(...names.map((name) => transaction.objectStore(name))), done])
  return result
}

async function answered(request) {
  return await new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result))
    request.addEventListener('error', () => reject(request.error))
  })
}

const ofGate = (gate) => IDBKeyRange.bound([gate], [gate, []])

/** {keys, manifest, places, clock} as they were saved, or null. */
export async function savedLists(gate) {
  return (await inStores(['lists'], 'readonly', (lists) => answered(lists.get(gate)))) ?? null
}

export async function saveLists(gate, saved) {
  await inStores(['lists'], 'readwrite', (lists) => void lists.put({ ...saved, gate }))
}

/** Gives the scan its number, and notes what it let through. */
export async function appendScan(gate, scan, uses) {
  return await inStores(['logs', 'scans', 'used'], 'readwrite', async (logs, scans, used) => {
    const log = (await answered(logs.get(gate))) ?? { gate, log: newId(), last: 0 }
    const numbered = { ...scan, sequence: log.last + 1 }
    logs.put({ ...log, last: numbered.sequence })
    scans.put({ gate, sequence: numbered.sequence, scan: numbered })
    if (uses) used.put({ gate, ticketNo: scan.ticketNo, ...uses })
    return numbered
  })
}

/** The log's name and its scans that the platform does not have yet, in order. */
export async function pendingScans(gate, most) {
  return await inStores(['logs', 'scans'], 'readonly', async (logs, scans) => {
    const log = await answered(logs.get(gate))
    const rows = await answered(scans.getAll(ofGate(gate), most))
    return { log: log?.log ?? null, scans: rows.map(({ scan }) => scan) }
  })
}

export async function countPending(gate) {
  return await inStores(['scans'], 'readonly', (scans) => answered(scans.count(ofGate(gate))))
}

/** The platform has everything up to here. */
export async function acknowledgeScans(gate, upTo) {
  await inStores(['scans'], 'readwrite', (scans) => void scans.delete(IDBKeyRange.bound([gate, 0], [gate, upTo])))
}

/** Takes back a scan that was not sent yet: it keeps its number, and says that nobody went through. False when it has been sent. */
export async function takeBackScan(gate, sequence) {
  return await inStores(['scans', 'used'], 'readwrite', async (scans, used) => {
    const row = await answered(scans.get([gate, sequence]))
    if (!row) return false
    scans.put({ ...row, scan: { ...row.scan, result: 'REFUSED', refusal: 'taken-back' } })
    used.delete([gate, row.scan.ticketNo])
    return true
  })
}

/** What was let through here, by ticket number: {at, gate}. */
export async function usedTickets(gate) {
  return await inStores(['used'], 'readwrite', async (used) => {
    const rows = await answered(used.getAll(ofGate(gate)))
    const old = Date.now() - usedForMs
    for (const { ticketNo, at } of rows) if (at.getTime() < old) used.delete([gate, ticketNo])
    return new Map(rows.map(({ ticketNo, at, number }) => [ticketNo, { at, gate: number }]))
  })
}

/** Let through by the platform's own answer: the gate must know it when the network goes. */
export async function noteUsed(gate, ticketNo, { at, number }) {
  await inStores(['used'], 'readwrite', (used) => void used.put({ gate, ticketNo, at, number }))
}

export async function forgetUsed(gate, ticketNo) {
  await inStores(['used'], 'readwrite', (used) => void used.delete([gate, ticketNo]))
}
