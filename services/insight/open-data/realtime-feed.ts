// GTFS-realtime (gtfs.org realtime reference, version 2.0): how late trips are, which do not run, and how full they are. The messages
// are described here as far as we use them; protobufjs writes them.
import protobuf from 'protobufjs/light.js'
import type { Call, Running } from './feed-queries.ts'
import { tripId } from './gtfs-rules.ts'

const field = (type: string, id: number) => ({ type, id })
const list = (type: string, id: number) => ({ rule: 'repeated', type, id })

const root = protobuf.Root.fromJSON({
  nested: {
    FeedMessage: { fields: { header: { ...field('FeedHeader', 1), rule: 'required' }, entity: list('FeedEntity', 2) } },
    FeedHeader: {
      fields: {
        gtfsRealtimeVersion: { ...field('string', 1), rule: 'required' },
        incrementality: field('int32', 2),
        timestamp: field('uint64', 3)
      }
    },
    FeedEntity: {
      fields: {
        id: { ...field('string', 1), rule: 'required' },
        tripUpdate: field('TripUpdate', 3),
        vehicle: field('VehiclePosition', 4)
      }
    },
    TripUpdate: {
      fields: {
        trip: field('TripDescriptor', 1),
        stopTimeUpdate: list('StopTimeUpdate', 2),
        timestamp: field('uint64', 4)
      }
    },
    TripDescriptor: {
      fields: {
        tripId: field('string', 1),
        startTime: field('string', 2),
        startDate: field('string', 3),
        scheduleRelationship: field('int32', 4),
        routeId: field('string', 5)
      }
    },
    StopTimeUpdate: {
      fields: { stopSequence: field('uint32', 1), departure: field('StopTimeEvent', 3), stopId: field('string', 4) }
    },
    StopTimeEvent: { fields: { delay: field('int32', 1), time: field('int64', 2) } },
    VehiclePosition: {
      fields: {
        trip: field('TripDescriptor', 1),
        timestamp: field('uint64', 5),
        occupancyStatus: field('int32', 9),
        occupancyPercentage: field('uint32', 10)
      }
    }
  }
})
const FeedMessage = root.lookupType('FeedMessage')

const scheduled = 0
const canceled = 3
const full = { manySeats: 1, fewSeats: 2, full: 5 } as const
const doNotRun = new Set(['CANCELLED', 'MISSED', 'MERGED', 'SUSPENDED'])

/** One entity a departure with its update, or with how full it is; a whole dataset each time. */
export function realtimeFeed(
  running: readonly Running[],
  { calls, kind, now }: { calls: readonly Call[]; kind: 'trip-updates' | 'occupancy'; now: Date }
): Uint8Array {
  const stops = Map.groupBy(calls, ({ route }) => route)
  const timestamp = Math.floor(now.getTime() / 1000)
  const entity = running.map((departure) => {
    const id = `${departure.day}.${tripId(departure)}`
    const trip = tripOf(departure)
    if (kind === 'occupancy') return { id, vehicle: { trip, timestamp, ...occupancyOf(departure) } }
    const canceledTrip = trip.scheduleRelationship === canceled
    const stopTimeUpdate = canceledTrip
      ? []
      : (stops.get(departure.route) ?? []).map((call) => stopUpdate(departure, call))
    return { id, tripUpdate: { trip, stopTimeUpdate, timestamp } }
  })
  const header = { gtfsRealtimeVersion: '2.0', incrementality: 0, timestamp }
  return FeedMessage.encode(FeedMessage.create({ header, entity })).finish()
}

/** For tests and for readers of our own: the feed back as an object. */
export function readFeed(bytes: Uint8Array): Record<string, unknown> {
  return FeedMessage.toObject(FeedMessage.decode(bytes), { longs: Number })
}

function tripOf(departure: Running) {
  const { route, day, minute, state } = departure
  const startTime = `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}:00`
  return {
    tripId: tripId(departure),
    startTime,
    startDate: day.replaceAll('-', ''),
    scheduleRelationship: doNotRun.has(state) ? canceled : scheduled,
    routeId: route
  }
}

/** As late at every stop as at the first: nobody has told us better. */
function stopUpdate({ plannedAt, departsAt, dispatchedAt }: Running, { place, position, minutes }: Call) {
  const leaves = dispatchedAt ?? departsAt
  const delay = Math.round((leaves.getTime() - plannedAt.getTime()) / 1000)
  const time = Math.floor(plannedAt.getTime() / 1000) + minutes * 60 + delay
  return { stopSequence: position, stopId: place, departure: { delay, time } }
}

function occupancyOf({ places, taken }: Running) {
  const share = Math.min(1, taken / Math.max(1, places))
  const status = share >= 1 ? full.full : share > 0.8 ? full.fewSeats : full.manySeats
  return { occupancyStatus: status, occupancyPercentage: Math.round(share * 100) }
}
