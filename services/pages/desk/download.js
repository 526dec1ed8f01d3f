// Downloads ask for the session, so a plain link cannot fetch them.
import { callForBlob } from '../shell/api.js'
import { h } from '../shell/element.js'

export async function save({ path, as, session }) {
  const url = URL.createObjectURL(await callForBlob(path, { session }))
  h('a', { href: url, download: as }).click()
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}
