import type { ReportKind } from '../assess/evidence.ts'
import type { Fact } from './facts.ts'

/** A file of a run as the host delivered it; `age`: whether `latest_*` was written since the runner started. */
export interface DeliveredFile {
  readonly kind: ReportKind
  readonly from: 'run-directory' | 'latest'
  readonly age: 'new' | 'old' | 'absent' | 'too-large'
  readonly bytes: Buffer
  readonly sizeBytes: number
}

/** The files in the answer of the `reports` verb (65-assess.sh): a fact `report`, then its base64 lines. */
export function deliveredFiles(facts: readonly Fact[]): DeliveredFile[] {
  const files: DeliveredFile[] = []
  let base64: string[] = []
  for (const [name, ...fields] of facts) {
    if (name === 'base64') base64.push(fields[0] ?? '')
    if (name !== 'report') continue
    base64 = []
    const mine = base64
    const [kind, from, age, size] = fields
    if (kind !== 'closedLoop' && kind !== 'runtimeAssess' && kind !== 'runMeta') continue
    files.push({
      kind,
      from: from === 'run' ? 'run-directory' : 'latest',
      age: age === 'new' || age === 'old' || age === 'absent' ? age : 'too-large',
      sizeBytes: Number(size),
      get bytes() {
        return Buffer.from(mine.join(''), 'base64')
      },
    })
  }
  return files
}
