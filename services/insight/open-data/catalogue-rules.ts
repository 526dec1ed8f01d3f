// The catalogue of what anybody may have, in the DCAT vocabulary (W3C DCAT 3) as JSON-LD: every dataset with its files, licence, how
// fresh it is and how complete.

import { mediaTypes, tableFormats } from './table-files.ts'

interface Dataset {
  title: string
  titleEn: string
  description: string
  /** ISO 8601 duration of its renewal. */
  renewed: string
  files: readonly { path: string; mediaType: string; format: string }[]
}

interface Measure {
  /** Newest of what is in it; null where nothing is. */
  modified: Date | null
  rows: number | null
  /** Share of rows that are whole, 0 to 1; null where it does not apply. */
  complete: number | null
}

const tables = (name: string) =>
  tableFormats.map((format) => ({
    path: `/v1/open-data/tables/${name}/${format}`,
    mediaType: mediaTypes[format],
    format: format as string
  }))

const realtime = (kind: string) => ({
  path: `/v1/open-data/gtfs-realtime/${kind}`,
  mediaType: 'application/x-protobuf',
  format: 'GTFS-realtime 2.0'
})

const datasets = {
  timetable: {
    title: '线路、站点、班次与票价',
    titleEn: 'Lines, stops, timetable and fares',
    description:
      '预售期内的全部班次；没有坐标的站点用所在城市的中心。 All trips on sale; a stop without a position of its own is at its city.',
    renewed: 'PT10M',
    files: [{ path: '/v1/open-data/gtfs.zip', mediaType: 'application/zip', format: 'GTFS' }]
  },
  'departures-now': {
    title: '实时班次与满载',
    titleEn: 'Departures and occupancy now',
    description: '前两小时至后六小时。 From two hours ago to six hours ahead.',
    renewed: 'PT15S',
    files: [realtime('trip-updates'), realtime('occupancy')]
  },
  'line-days': {
    title: '线路日统计',
    titleEn: 'Lines by day',
    description:
      '班次、停运、座位、客票；from/to 增量下载。 Departures, cancellations, places, tickets; from and to for what is new.',
    renewed: 'P1D',
    files: tables('line-days')
  },
  'card-days': {
    title: '刷卡日统计',
    titleEn: 'Card rides by day and service',
    description: '已发布的清算日。 Published clearing days.',
    renewed: 'P1D',
    files: tables('card-days')
  },
  'flow-journeys': {
    title: '分区出行量',
    titleEn: 'Journeys between zones',
    description: '不足 10 人的格子不公布；方法与误差见客流分析。 Cells below ten are left out.',
    renewed: 'P1D',
    files: tables('flow-journeys')
  }
} satisfies Record<string, Dataset>

/** What is in each dataset at this moment. */
export type Measured = Record<keyof typeof datasets, Measure>

/** Our choice, not a legal opinion; whoever runs the platform decides. */
const licence = 'https://creativecommons.org/licenses/by/4.0/'

/** `origin` is where the platform answers, without a slash at the end. */
export function catalogueOf(measured: Measured, origin: string) {
  const ids = Object.keys(datasets) as (keyof Measured)[]
  return {
    '@context': {
      dcat: 'http://www.w3.org/ns/dcat#',
      dct: 'http://purl.org/dc/terms/',
      dqv: 'http://www.w3.org/ns/dqv#'
    },
    '@id': `${origin}/v1/open-data`,
    '@type': 'dcat:Catalog',
    'dct:title': { zh: '岭南联网售票开放数据', en: 'Lingnan ticketing open data' },
    'dct:license': licence,
    'dcat:dataset': ids.map((id) => datasetOf({ id, ...datasets[id], ...measured[id] }, origin))
  }
}

function datasetOf(dataset: Dataset & Measure & { id: string }, origin: string) {
  const { id, title, titleEn, description, renewed, files, modified, rows, complete } = dataset
  return {
    '@id': `${origin}/v1/open-data#${id}`,
    '@type': 'dcat:Dataset',
    'dct:identifier': id,
    'dct:title': { zh: title, en: titleEn },
    'dct:description': description,
    'dct:license': licence,
    'dct:accrualPeriodicity': renewed,
    'dct:modified': modified?.toISOString() ?? null,
    'dqv:hasQualityMeasurement': [
      { 'dqv:isMeasurementOf': 'rows', 'dqv:value': rows },
      { 'dqv:isMeasurementOf': 'completeness', 'dqv:value': complete }
    ],
    'dcat:distribution': files.map(({ path, mediaType, format }) => ({
      '@type': 'dcat:Distribution',
      'dcat:accessURL': `${origin}${path}`,
      'dcat:mediaType': mediaType,
      'dct:format': format
    }))
  }
}
