// The file-level ladder (card.md §2.12, point 1): the first thing wrong refuses the whole file with its code, and the file goes
// to quarantine. The frame's own rules are the format's (card-files); here is what holds for every format.
import type { ErrorCode } from '../card-files/error-codes.ts'
import type { FileEdges, Frame, FrameFault } from '../card-files/file-format.ts'
import { parseUploadName } from '../card-files/file-names.ts'
import { senderFault } from '../participants/participant-lookup.ts'
import type { Participant } from '../participants/participant-schemas.ts'
import type { FileProfile } from './file-profiles.ts'
import type { TextFindings } from './receiving/text-watch.ts'

export interface FileFacts extends FileEdges, TextFindings {
  sender: Participant | undefined
  signature: 'absent' | 'valid' | 'invalid'
}

/** Organisation code in the file's name, where names of this profile carry one and it can be read. */
export function senderCodeOf(profile: FileProfile, name: string): string | null {
  if (!profile.namesSender) return null
  const parsed = parseUploadName(name)
  return 'fault' in parsed ? null : parsed.organisation
}

/** The name as it may be kept and shown: a hostile one is cut to what can be read. */
export function storableName(name: string): string {
  return name.replaceAll(/[^\p{L}\p{N} ._()-]/gu, '?').slice(0, 200)
}

/** Where the records lie, or why the file is refused. */
export function judgeFile(profile: FileProfile, facts: FileFacts): Frame | FrameFault {
  const named = nameFault(profile, facts) ?? senderRefusal(profile, facts.sender)
  if (named) return named
  const frame = profile.format.openFrame(facts)
  if ('fault' in frame) return frame
  return contentFault(profile, facts) ?? frame
}

function nameFault(profile: FileProfile, { name }: FileFacts): FrameFault | null {
  if (!/^[\w.-]{1,100}$/.test(name)) return fault('010001', 'letters, digits, dot, dash and underscore, at most 100')
  if (!profile.namesSender) return null
  const parsed = parseUploadName(name)
  return 'fault' in parsed ? parsed : null
}

function senderRefusal(profile: FileProfile, sender: Participant | undefined): FrameFault | null {
  if (!profile.namesSender) return null
  const code = senderFault(sender)
  if (code !== null) return fault(code, sender?.code ?? '')
  if (sender!.fileProfile !== profile.format.id) return fault('010003', `${sender!.code} sends ${sender!.fileProfile}`)
  return null
}

function contentFault(profile: FileProfile, facts: FileFacts): FrameFault | null {
  if (facts.nulAt !== -1) return fault('010010', `a NUL byte at offset ${facts.nulAt}`)
  if (facts.longestLine > profile.format.longestLine)
    return fault('010010', `a line of ${facts.longestLine} bytes; at most ${profile.format.longestLine}`)
  if (profile.encoding === 'utf-8' && facts.notUtf8At !== -1)
    return fault('010010', `not UTF-8 at offset ${facts.notUtf8At}`)
  if (profile.encoding === 'gbk' && facts.notUtf8At === -1 && facts.utf8Sequences > 0)
    return fault('010010', 'the text is UTF-8; the interface is written in GBK')
  if (profile.encoding === 'gbk' && facts.notGbkAt !== -1) return fault('010010', `not GBK at offset ${facts.notGbkAt}`)
  if (facts.signature === 'invalid') return fault('010019', 'the SM2 signature does not verify')
  return null
}

function fault(code: ErrorCode, detail: string): FrameFault {
  return { fault: code, detail }
}
