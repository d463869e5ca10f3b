import { type ProbeProcess, startProbe } from '../host/client/detachment.ts'
import type { HostSession, LockOwner } from '../host/client/session.ts'
import type { ResolvedProject } from '../host/protocol/plan.ts'
import type { PreflightFacts } from '../host/protocol/preflight-facts.ts'
import type { Warning } from '../model/outcome.ts'
import { DeployError, type PreflightFinding } from '../model/problem.ts'
import { lookForDrift } from '../preflight/drift.ts'
import { preflightFindings } from '../preflight/judge.ts'
import { type ReleaseScope, releaseScope } from '../preflight/release.ts'
import { MOST_STATE_KIBIBYTES, stateFindings } from '../preflight/state-files.ts'
import type { Deployment } from './deployment.ts'
import { filesKibibytes, type StagedFiles } from './files.ts'

/** Which preflight of a deployment this is. Only the first proves that a process on the host survives its login. */
export type PreflightPass =
  | { readonly kind: 'first' }
  | { readonly kind: 'again' }
  | { readonly kind: 'locked'; readonly transactionId: string }

/** How long a process must survive its login, in seconds: a host that ends it does so almost at once. */
const SURVIVES_SECONDS = 1

/** What preflight read, and what follows from it. */
export interface Inspection {
  readonly facts: PreflightFacts
  readonly scope: ReleaseScope
  readonly drifted: readonly string[]
  /** Every reason against a deployment. */
  readonly refused: readonly PreflightFinding[]
  readonly warnings: readonly Warning[]
}

/**
 * Reads the host and decides whether a deployment may begin; names every reason against it at once.
 * @throws DeployError `preflight.*`; `ssh.*`, also where a second connection cannot be made
 */
export async function inspectHost(
  host: HostSession,
  staged: StagedFiles,
  deployment: Deployment,
  pass: PreflightPass,
): Promise<ResolvedProject> {
  const { config, record } = deployment
  const { facts, scope, drifted, refused, warnings } = await readHost(host, staged, deployment, pass)
  if (refused.length > 0) throw new DeployError({ code: 'preflight.refused', findings: refused })
  for (const warning of warnings) record.warn(warning)
  tellRelease(facts, scope, deployment)
  return {
    name: facts.projectName,
    drifted,
    deferred: config.services.defer.filter((service) => known(facts).includes(service)),
    arrived: facts.lockNumber,
    earlier: facts.earlier,
    deploy: scope.deploy,
    touched: scope.touched,
    incoming: tokenOf(staged),
  }
}

/** Reads the host, and judges it. @throws DeployError `preflight.*`; `ssh.*` */
export async function readHost(
  host: HostSession,
  staged: StagedFiles,
  { config, ports, record }: Deployment,
  pass: PreflightPass,
): Promise<Inspection> {
  record.enter('preflight')
  const leaving = pass.kind === 'first' ? startProbe(ports) : 'proven'
  // Awaited below.
  if (leaving !== 'proven') leaving.catch(() => undefined)
  const looking = { lock: ownerOf(pass), incoming: tokenOf(staged) }
  const facts = await host.preflight(config, looking.lock, looking.incoming)
  // A host without the tools can prove nothing.
  const isProven = leaving === 'proven' || facts.findings.some(({ finding }) => finding === 'tool-missing')
  const detachment = isProven ? [] : await findingsOfDetachment(host, leaving, ports)
  if (facts.read.length > 0) ports.progress.tell({ kind: 'host-read', facts: facts.read })
  const scope = releaseScope(facts, config.services.deploy, config.host.projectDir)
  const wanted = {
    ...config.services,
    deploy: scope.deploy,
    images: config.images,
    requiredEnv: config.host.requiredEnv,
  }
  const drift = await lookForDrift(facts, wanted, (call) => host.askDocker(config, looking, facts, call))
  const drifted = drift.services
  const refused = [
    ...preflightFindings(facts, wanted),
    ...scope.findings,
    ...stateFindings(facts.stateSize, filesKibibytes(staged, facts.comparison)),
    ...drift.findings,
    ...(config.onDrift === 'refuse'
      ? drifted.map((service) => ({ finding: 'drift', service }) as const)
      : []),
    ...(config.onNoBootTrigger === 'refuse' ? untriggered(facts) : []),
    ...detachment,
    ...missingDeferred(facts, config.services),
  ]
  const warnings = [
    ...drifted.map((service): Warning => ({ kind: 'drift', service })),
    ...facts.warnings,
    ...scope.warnings,
    ...drift.warnings,
  ]
  return { facts, scope, drifted, refused, warnings }
}

function tokenOf(staged: StagedFiles): string {
  return staged.kind === 'staged' ? staged.staging.token : ''
}

function tellRelease(
  { stateSize }: PreflightFacts,
  { deploy, touched }: ReleaseScope,
  { config, ports }: Deployment,
): void {
  const joined = deploy.filter((service) => !config.services.deploy.includes(service))
  if (joined.length + touched.length > 0) ports.progress.tell({ kind: 'files-concern', joined, touched })
  if (stateSize !== undefined)
    ports.progress.tell({ kind: 'state-size', ...stateSize, limitKibibytes: MOST_STATE_KIBIBYTES })
}

function ownerOf(pass: PreflightPass): LockOwner {
  return pass.kind === 'locked'
    ? { kind: 'ours', transactionId: pass.transactionId }
    : { kind: 'nobody-of-ours' }
}

/** A process that another login left must live on, as jobs and the guard do. */
async function findingsOfDetachment(
  host: HostSession,
  leaving: Promise<ProbeProcess>,
  ports: Deployment['ports'],
): Promise<readonly PreflightFinding[]> {
  const left = await leaving
  const passedSeconds = (ports.clock.now() - left.closedAt) / 1000
  const fate = await host.checkProbe(left, Math.max(0, SURVIVES_SECONDS - passedSeconds))
  return fate === 'lives' ? [] : [{ finding: 'login-kills' }]
}

/** Nothing on the host would end a deployment after a restart; else a warning. */
function untriggered({ warnings }: PreflightFacts): PreflightFinding[] {
  return warnings.flatMap((warning) =>
    warning.kind === 'no-boot-trigger' ? [{ finding: warning.kind, detail: warning.detail }] : [],
  )
}

/** A deferred service that somebody named must exist; the default's may be missing. */
function missingDeferred(
  facts: PreflightFacts,
  services: { readonly defer: readonly string[]; readonly deferSource: 'default' | 'given' },
): PreflightFinding[] {
  if (services.deferSource === 'default' || facts.services.length === 0) return []
  return services.defer
    .filter((service) => !known(facts).includes(service))
    .map((service) => ({ finding: 'service-missing', service, known: known(facts) }))
}

function known({ services }: PreflightFacts): readonly string[] {
  return services.map(({ name }) => name)
}
