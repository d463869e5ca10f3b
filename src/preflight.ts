import type { ResolvedProject } from './commands/plan.ts'
import type { Deployment } from './deploy.ts'
import { DeployError, type PreflightFinding } from './errors.ts'
import type { HostSession, LockOwner, PreflightFacts } from './host/session.ts'

/**
 * Reads the host and decides whether a deployment may begin; every reason against it is named at once.
 * @throws DeployError `preflight.*`
 */
export async function inspectHost(
  host: HostSession,
  { config, ports, record }: Deployment,
  lock: LockOwner = { kind: 'nobody-of-ours' },
): Promise<ResolvedProject> {
  record.enter('preflight')
  const facts = await host.preflight(config, lock)
  ports.narrator.tell({
    kind: 'host-read',
    ...facts,
    project: facts.projectName,
    containers: facts.containers.length,
  })
  const drifted = facts.findings.filter((finding) => finding.finding === 'drift')
  const refused = [
    ...facts.findings.filter((finding) => finding.finding !== 'drift' || config.onDrift === 'refuse'),
    ...missingDeferred(facts, config.services),
  ]
  if (refused.length > 0) throw new DeployError({ code: 'preflight.refused', findings: refused })
  for (const { service } of drifted) record.warn({ kind: 'drift', service })
  for (const warning of facts.warnings) record.warn(warning)
  return {
    name: facts.projectName,
    drifted: drifted.map(({ service }) => service),
    deferred: config.services.defer.filter((service) => facts.services.includes(service)),
    arrived: facts.lockNumber,
  }
}

/** A deferred service that somebody named must exist; the default's may be missing. */
function missingDeferred(
  facts: PreflightFacts,
  services: { readonly defer: readonly string[]; readonly deferSource: 'default' | 'given' },
): PreflightFinding[] {
  if (services.deferSource === 'default' || facts.services.length === 0) return []
  return services.defer
    .filter((service) => !facts.services.includes(service))
    .map((service) => ({ finding: 'service-missing', service, known: facts.services }))
}
