import type { ReportKind } from '../../model/assessment.ts'
import type { Fact } from './facts.ts'

const AGES = ['new', 'old', 'absent', 'elsewhere', 'outside', 'unreadable'] as const

/**
 * A file of a run as the host delivered it. `age`: whether `latest_*` was written since the runner started;
 * `elsewhere`: what lies in the run's directory is a file of somebody else; `outside`: it is a link out of the directory
 * of the reports, and was not read. The host delivers the content of `new` ones only.
 */
export interface DeliveredFile {
  readonly kind: ReportKind
  readonly from: 'run-directory' | 'latest'
  readonly age: (typeof AGES)[number] | 'too-large'
  /** `torn`: it changed while the host read it. */
  readonly reading: 'whole' | 'torn'
  readonly bytes: Buffer
  readonly sizeBytes: number
}

/**
 * The files in the answer of the `reports` verb (phases/assess.sh): a fact `report`, perhaps `starred` (it holds `***` by
 * itself), its base64 lines, perhaps `torn`.
 */
export function deliveredFiles(facts: readonly Fact[]): DeliveredFile[] {
  const files: DeliveredFile[] = []
  let content: Content = { base64: [], reading: 'whole', starred: false }
  for (const [name, ...fields] of facts) {
    if (name === 'base64') content.base64.push(fields[0] ?? '')
    if (name === 'starred') content.starred = true
    if (name === 'torn') content.reading = 'torn'
    if (name !== 'report') continue
    content = { base64: [], reading: 'whole', starred: false }
    const mine = content
    const [kind, from, age, size] = fields
    if (kind !== 'closedLoop' && kind !== 'runtimeAssess' && kind !== 'runMeta') continue
    files.push({
      kind,
      from: from === 'run' ? 'run-directory' : 'latest',
      age: AGES.find((one) => one === age) ?? 'too-large',
      sizeBytes: Number(size),
      get reading() {
        return mine.reading
      },
      get bytes() {
        const delivered = Buffer.from(mine.base64.join(''), 'base64')
        return mine.starred ? delivered : withHiddenNumbersAsTexts(delivered)
      },
    })
  }
  return files
}

interface Content {
  readonly base64: string[]
  reading: DeliveredFile['reading']
  starred: boolean
}

const ESCAPE_QUOTE_OR_HIDDEN = /\\.|"|(?<![-+.\deE])[-+.\deE]*\*{3}[-+.\deE*]*(?=[\s,\]}])/gs

/** A number of JSON in which the redactor of the host hid something becomes a text, so that the report stays one. */
export function withHiddenNumbersAsTexts(json: Buffer): Buffer {
  if (!json.includes('***')) return json
  let inString = false
  // Byte by byte, whatever the encoding is.
  const mended = json.toString('latin1').replace(ESCAPE_QUOTE_OR_HIDDEN, (found) => {
    if (found === '"') inString = !inString
    return inString || found === '"' || found.startsWith('\\') ? found : '"***"'
  })
  return Buffer.from(mended, 'latin1')
}
