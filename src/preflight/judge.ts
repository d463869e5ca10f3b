import type { PreflightFacts } from '../host/protocol/preflight-facts.ts'
import type { PreflightFinding } from '../model/problem.ts'
import { containerFindings } from './containers.ts'
import { fileFindings } from './files.ts'
import { versionFindings } from './versions.ts'
import type { Wanted } from './wanted.ts'

/** What is read only with an engine that is new enough. */
const BEHIND_ENGINE: readonly PreflightFinding['finding'][] = [
  'compose-file-missing',
  'env-file-missing',
  'env-file-not-editable',
  'compose-config-invalid',
]

/**
 * Every reason against a deployment but for drift, all at once; what stands behind another one, and could not be read for
 * it, is left out. A pure function.
 */
export function preflightFindings(facts: PreflightFacts, wanted: Wanted): readonly PreflightFinding[] {
  const old = versionFindings(facts.engine)
  if (old.length > 0)
    return [...facts.findings.filter(({ finding }) => !BEHIND_ENGINE.includes(finding)), ...old]
  return [
    ...facts.findings,
    ...(facts.reached === 'host' ? [] : fileFindings(facts, wanted)),
    ...(facts.reached === 'containers' ? containerFindings(facts, wanted) : []),
  ]
}
