import type { ReportKind } from '../../model/assessment.ts'
import type { Fact } from './facts.ts'

const AGES = ['new', 'old', 'absent', 'elsewhere', 'outside', 'unreadable'] as const

/**
 * A file of a run as the host delivered it. `age`: whether `latest_*` was written since the runner started;
 * `elsewhere`: what lies in the run's directory is a file of somebody else; `outside`: it is a link out of the directory
 * of the reports, and was not read. Of `old` and `new` ones the content was delivered.
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

/** The files in the answer of the `reports` verb (phases/assess.sh): a fact `report`, its base64 lines, perhaps `torn`. */
export function deliveredFiles(facts: readonly Fact[]): DeliveredFile[] {
  const files: DeliveredFile[] = []
  let content: { readonly base64: string[]; reading: DeliveredFile['reading'] } = {
    base64: [],
    reading: 'whole',
  }
  for (const [name, ...fields] of facts) {
    if (name === 'base64') content.base64.push(fields[0] ?? '')
    if (name === 'torn') content.reading = 'torn'
    if (name !== 'report') continue
    content = { base64: [], reading: 'whole' }
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
        return Buffer.from(mine.base64.join(''), 'base64')
      },
    })
  }
  return files
}
