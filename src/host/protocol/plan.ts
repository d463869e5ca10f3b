import type { DeployConfig, Purpose, RunContext, VerifyConfig } from '../../config/config.ts'

/** What only the host can tell: the project's name, and the services that do not run what their files say. */
export interface ResolvedProject {
  readonly name: string
  readonly drifted: readonly string[]
  /** The deferred services; a name that only the default gives is left out where the project lacks it. */
  readonly deferred: readonly string[]
  /** The lock's number when the host was first looked at: what comes later came while this run waited. */
  readonly arrived: number
  /** An `unfinished` deployment stood in the way when it was looked at: what ran then is no state to judge. */
  readonly earlier: 'ended' | 'unfinished'
  /** The services that are deployed: those that were asked for, then those that the files of the release concern. */
  readonly deploy: readonly string[]
  /** Of these, the ones that are recreated because they mount something that the files of the release change. */
  readonly touched: readonly string[]
  /** By which name the host keeps the files of the release; empty where it has none. */
  readonly incoming: string
}

/**
 * The plan as the host program reads it: lines `KEY<TAB>VALUE…`. The configuration admits no tab or line
 * end in any of these values.
 */
export function planText(config: DeployConfig, project: ResolvedProject): string {
  const lines: (readonly string[])[] = [
    ...projectLines(config.host),
    ['project_name', project.name],
    ...config.host.requiredEnv.map((key) => ['required_env', key]),
    ...config.images.map(({ key, reference }) => ['image', key, reference]),
    ...config.managedEnv.map(({ key, value }) => ['env', key, value]),
    ...deployLines(project),
    ...filesLines(config, project),
    ...project.deferred.map((service) => ['defer', service]),
    ['gate', config.services.gate],
    ...project.drifted.map((service) => ['drift', service]),
    ['by', config.run.actor],
    ['where', runUrl(config.run)],
    ['commit', commitOf(config.run)],
    // What a rule may read comes first: all of them share a limit.
    ...config.closedLoop.extraReports
      .toSorted((one, other) => Number(other.endsWith('.json')) - Number(one.endsWith('.json')))
      .map((name) => ['extra_report', name]),
    ['repository', config.run.repository],
    ['workflow', config.run.workflow],
    ['run_number', config.run.runNumber],
    ['attempt', config.run.runAttempt],
    ['arrived', String(project.arrived)],
    ['on_rollback_failure', config.onRollbackFailure],
    ['on_no_boot_trigger', config.onNoBootTrigger],
    ['notify_command', config.notifyCommand ?? ''],
    ['preflight_command', config.trial.command ?? ''],
    ['health_seconds', String(config.deadlines.healthSeconds)],
    ...returnLines(config.purpose),
    ['host_lock_file', config.hostLockFile],
  ]
  if (config.registry.kind === 'token') lines.push(['registry', config.registry.server])
  return textOf(lines)
}

/** The transaction whose release comes back, and the images that need no pull where the host has them. */
function returnLines(purpose: Purpose): readonly (readonly string[])[] {
  if (purpose.kind === 'release') return []
  const { transaction, images } = purpose.to
  return [
    ['returns_to', transaction],
    ...images.map(({ reference, imageId, source }) => ['known', reference, imageId, source]),
  ]
}

/** What is looked at where nothing is deployed. */
export type LookedAt = Pick<VerifyConfig, 'host' | 'services' | 'closedLoop'>

/** The same for the verb `verify`. */
export function verifyPlanText(config: LookedAt): string {
  return textOf([
    ...projectLines(config.host),
    ['project_name', config.host.projectName ?? ''],
    ...deployLines(config.services),
    ['gate', config.services.gate],
  ])
}

function projectLines(host: LookedAt['host']): readonly (readonly string[])[] {
  return [
    ['project_dir', host.projectDir],
    ...host.composeFiles.map((file) => ['compose_file', file]),
    ['env_file', host.envFile],
  ]
}

/** What the transaction puts in place and restores beside env file and containers. */
function filesLines(
  { release }: DeployConfig,
  { incoming, touched }: ResolvedProject,
): readonly (readonly string[])[] {
  return [
    ['incoming', incoming],
    ...(incoming === '' ? [] : release.files.map(({ target }) => ['file', target])),
    ...release.stateFiles.map((path) => ['state_file', path]),
    ...touched.map((service) => ['touched', service]),
  ]
}

function deployLines({ deploy }: Pick<LookedAt['services'], 'deploy'>): readonly (readonly string[])[] {
  return deploy.map((service) => ['deploy', service])
}

/** The commit of the workflow run; empty where the runner does not say it. */
export function commitOf({ sha }: Pick<RunContext, 'sha'>): string {
  return /^[0-9a-f]{40,64}$/u.test(sha) ? sha : ''
}

function textOf(lines: readonly (readonly string[])[]): string {
  return `${lines
    .filter((line) => line[1] !== '')
    .map((line) => line.join('\t'))
    .join('\n')}\n`
}

/** Where a person finds this run. */
function runUrl({ serverUrl, repository, runId }: RunContext): string {
  return `${serverUrl}/${repository}/actions/runs/${runId}`
}
