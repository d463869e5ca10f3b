import type { DiagnosticFile } from '../../model/ports.ts'
import type { Fact } from './facts.ts'

/** The files in the answer of the `diagnostics` verb (phases/diagnostics.sh): a fact `diagnostic`, then its base64 lines. */
export function diagnosticFiles(facts: readonly Fact[]): readonly DiagnosticFile[] {
  const files: { readonly name: string; readonly base64: string[] }[] = []
  for (const [fact, field = ''] of facts) {
    if (fact === 'diagnostic') files.push({ name: field, base64: [] })
    if (fact === 'base64') files.at(-1)?.base64.push(field)
  }
  return files.map(({ name, base64 }) => ({ name, bytes: Buffer.from(base64.join(''), 'base64') }))
}
