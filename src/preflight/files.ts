import type { PreflightFacts } from '../host/protocol/preflight-facts.ts'
import type { PreflightFinding } from '../model/problem.ts'
import type { Wanted } from './wanted.ts'

/** What the compose files and the env file lack for this deployment. */
export function fileFindings(facts: PreflightFacts, wanted: Wanted): readonly PreflightFinding[] {
  const missing = serviceFindings(facts, wanted)
  return [
    ...missing,
    // What a service that is not there would run is no question.
    ...(missing.length === 0 ? releaseFindings(facts, wanted) : []),
    ...wanted.requiredEnv
      .filter((key) => !facts.setKeys.has(key))
      .map((key): PreflightFinding => ({ finding: 'required-env-missing', key, path: facts.envFile })),
  ]
}

function serviceFindings({ services }: PreflightFacts, { deploy }: Wanted): readonly PreflightFinding[] {
  const known = services.map(({ name }) => name)
  return deploy
    .filter((service) => !known.includes(service))
    .map((service) => ({ finding: 'service-missing', service, known }))
}

/** The release must really arrive: each image variable is used, and the gate service runs one of them. */
function releaseFindings(
  { release, envFile }: PreflightFacts,
  { images, gate }: Wanted,
): readonly PreflightFinding[] {
  if (release.kind === 'refused')
    return [{ finding: 'env-file-not-editable', path: envFile, detail: release.detail }]
  const run = [...release.byService.values()]
  const references = images.map(({ reference }) => reference)
  return [
    ...images
      .filter(({ reference }) => !run.includes(reference))
      .map(({ key }): PreflightFinding => ({ finding: 'image-variable-unused', key })),
    ...(references.includes(release.byService.get(gate) ?? '')
      ? []
      : [{ finding: 'gate-service-unmanaged', service: gate } as const]),
  ]
}
