import type { ReportKind } from '../../model/assessment.ts'
import type { Fact } from './facts.ts'

const AGES = ['new', 'old', 'absent', 'elsewhere', 'outside', 'unreadable'] as const

/**
 * A file of a run as the host delivered it. `age`: whether `latest_*` was written since the runner started;
 * `elsewhere`: what lies in the run's directory is a file of somebody else; `outside`: it is a link out of the directory
 * of the reports, and was not read. The host delivers the content of `new` ones only.
 */
interface Delivered {
  readonly from: 'run-directory' | 'latest'
  readonly age: (typeof AGES)[number] | 'too-large'
  /** `torn`: it changed while the host read it. */
  readonly reading: 'whole' | 'torn'
  readonly bytes: Buffer
  readonly sizeBytes: number
}

export interface DeliveredFile extends Delivered {
  readonly kind: ReportKind
}

/** A file of the input `extra-reports`, always from the directory of the run. */
export interface DeliveredExtra extends Delivered {
  readonly name: string
}

/**
 * The files in the answer of the `reports` verb (phases/assess.sh): a fact `report`, perhaps `starred` (it holds `***` by
 * itself), its base64 lines, perhaps `torn`.
 */
export function deliveredFiles(facts: readonly Fact[]): DeliveredFile[] {
  return delivered(facts).flatMap(({ word, content, ...file }) =>
    word === 'closedLoop' || word === 'runtimeAssess' || word === 'runMeta'
      ? [withContent({ kind: word, ...file }, content, 'json')]
      : [],
  )
}

const EXTRA = 'extra:'

/** The extra reports in the same answer. */
export function deliveredExtras(facts: readonly Fact[]): DeliveredExtra[] {
  return delivered(facts).flatMap(({ word, content, ...file }) => {
    if (!word.startsWith(EXTRA)) return []
    const name = word.slice(EXTRA.length)
    return [withContent({ name, ...file }, content, name.endsWith('.json') ? 'json' : 'text')]
  })
}

interface Told extends Pick<Delivered, 'from' | 'age' | 'sizeBytes'> {
  readonly word: string
  readonly content: Content
}

function delivered(facts: readonly Fact[]): readonly Told[] {
  const files: Told[] = []
  let content: Content = { base64: [], reading: 'whole', starred: false }
  for (const [name, ...fields] of facts) {
    if (name === 'base64') content.base64.push(fields[0] ?? '')
    if (name === 'starred') content.starred = true
    if (name === 'torn') content.reading = 'torn'
    if (name !== 'report') continue
    content = { base64: [], reading: 'whole', starred: false }
    const [word = '', from, age, size] = fields
    files.push({
      word,
      from: from === 'run' ? 'run-directory' : 'latest',
      age: AGES.find((one) => one === age) ?? 'too-large',
      sizeBytes: Number(size),
      content,
    })
  }
  return files
}

/** Of any other text than JSON nothing is mended. */
function withContent<File>(
  file: File,
  content: Content,
  form: 'json' | 'text',
): File & Pick<Delivered, 'reading' | 'bytes'> {
  return {
    ...file,
    get reading() {
      return content.reading
    },
    get bytes() {
      const bytes = Buffer.from(content.base64.join(''), 'base64')
      return form === 'text' || content.starred ? bytes : withHiddenNumbersAsTexts(bytes)
    },
  }
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
