import type { Warning } from '../../model/outcome.ts'
import type { PreflightFinding } from '../../model/problem.ts'
import type { HostFact } from '../../model/progress.ts'
import type { FilesComparison, ReleaseEffects, StateSize } from '../../model/release-files.ts'
import { type ContainerState, parseContainer } from './container.ts'
import { exitCode, type Fact, fieldsOf, firstOf, type Reply } from './facts.ts'
import { parseFinding, parseWarning } from './findings.ts'
import { filesComparison, releaseEffects, stateSize } from './release-files.ts'

/** What a container can share with another one. */
export const NAMESPACES = ['network', 'ipc', 'pid'] as const
export type Namespace = (typeof NAMESPACES)[number]

/** A service as Compose reads it from the files. */
export interface ComposeService {
  readonly name: string
  readonly image: string
  /** Empty where Compose chooses the name. */
  readonly containerName: string
  /** Empty where the service names none. */
  readonly logDriver: string
  readonly origin: 'pulled' | 'built'
  readonly replicas: number
  /** The services without which it does not start. */
  readonly needs: readonly string[]
  /** `with`: `service:NAME` or `container:NAME`. */
  readonly shares: readonly { readonly kind: Namespace; readonly with: string }[]
}

const labelOf = (name: string) => `{{js (index .Config.Labels "com.docker.compose.${name}")}}`

/** How `docker ps` prints an `other` line: labels are whatever somebody wrote. */
export const OTHER_COLUMNS = [
  ...['{{.ID}}', '{{.Names}}', '{{.Status}}'],
  ...['project', 'service', 'oneoff'].map((name) => `{{js (.Label "com.docker.compose.${name}")}}`),
  ...['working_dir', 'config_files'].map((name) => `{{json (.Label "com.docker.compose.project.${name}")}}`),
  '{{js (.Label "com.docker.compose.config-hash")}}',
]

/** How `docker inspect` prints a `sharer` line. */
export const SHARER_COLUMNS = [
  ...['{{.Name}}', ...['project', 'service', 'oneoff'].map(labelOf)],
  ...['{{js .HostConfig.NetworkMode}}', '{{js .HostConfig.IpcMode}}', '{{js .HostConfig.PidMode}}'],
]

const MOUNTER = [labelOf('service'), '{{$.Name}}', '{{$.ID}}', '{{$.State.StartedAt}}']
  .join('{{"\\t"}}')
  .replace('.Config', '$.Config')

/** How `docker inspect` prints what a container is, and again before each path of the host that it mounts. */
export const MOUNT_LINE = `${MOUNTER}{{"\\n"}}{{range .Mounts}}{{if eq .Type "bind"}}${MOUNTER}{{"\\t"}}{{.Source}}{{"\\n"}}{{end}}{{end}}`

/** Any container of the host; what Compose wrote on it is empty where it is not of Compose. */
export interface OtherContainer {
  readonly name: string
  readonly state: 'running' | 'stopped'
  readonly project: string
  readonly service: string
  readonly oneOff: 'one-off' | 'service'
  /** The directory and the files that it was started from. */
  readonly sources: readonly string[]
  /** Of what Compose made of the files for it. */
  readonly configHash: string
}

/** A running container that shares something with another one. */
export interface Sharer {
  readonly name: string
  readonly project: string
  readonly service: string
  readonly oneOff: 'one-off' | 'service'
  /** By name or ID of the other container. */
  readonly shares: readonly { readonly kind: Namespace; readonly with: string }[]
}

/** The versions that run; empty where they could not be read. */
export interface Engine {
  readonly docker: string
  readonly compose: string
}

/** The containers of the host, and where a project of other files may be the same one. */
export interface OtherContainers {
  readonly others: readonly OtherContainer[]
  /** Sources of them that are the project directory or a compose file of the plan; none where the project's name was given. */
  readonly ownSources: ReadonlySet<string>
}

/** What preflight read on the host (phases/preflight.sh). */
export interface PreflightFacts extends OtherContainers {
  /** What could not be read; what stands behind it is missing below. */
  readonly findings: readonly PreflightFinding[]
  /** What a person should know, and what stops no deployment. */
  readonly warnings: readonly Warning[]
  /** For people. */
  readonly read: readonly HostFact[]
  /** Whether the files, and then the containers, could be read. */
  readonly reached: 'host' | 'files' | 'containers'
  readonly engine: Engine
  /** Empty where the files could not be read. */
  readonly projectName: string
  /** The project directory itself, where the plan names a link; empty where it could not be read. */
  readonly projectDir: string
  /** The file itself, where the plan names a link. */
  readonly envFile: string
  readonly services: readonly ComposeService[]
  /** The keys that have a value in the env file. */
  readonly setKeys: ReadonlySet<string>
  /** What the services are to run once the release's images stand in the env file; or why they cannot be put there. */
  readonly release:
    | { readonly kind: 'images'; readonly byService: ReadonlyMap<string, string> }
    | { readonly kind: 'refused'; readonly detail: string }
  readonly containers: readonly ContainerState[]
  readonly sharers: readonly Sharer[]
  /** Tags of the images on the host that a service builds. */
  readonly builtImages: ReadonlySet<string>
  /** Docker's own, where the gate service names none. */
  readonly logDriver: string
  /** Whether Compose reads the files only with images of the plan, which the env file lacks. */
  readonly images: 'in-file' | 'lent'
  /** Counts who had the project's lock so far. */
  readonly lockNumber: number
  /** By a look that plans: services of which Compose would make something else, and keys that would get another value. */
  readonly planned: { readonly services: readonly string[]; readonly keys: readonly string[] }
  /** What is free on the disk of the project directory. */
  readonly freeKibibytes: number
  /** Whether an earlier deployment was left in the middle: what runs now is then no state to judge. */
  readonly earlier: 'ended' | 'unfinished'
  /** Without lacks; empty where the release has no files. */
  readonly comparison: FilesComparison
  /** `undefined` where the release has no files, or what it makes of the project could not be read. */
  readonly effects: ReleaseEffects | undefined
  /** `undefined` where the plan names no state files. */
  readonly stateSize: StateSize | undefined
}

/** What docker said to a call that changes nothing: how it ended, its lines, and a word about each container. */
export interface DockerAnswer {
  readonly code: number
  readonly lines: readonly string[]
  readonly said: readonly { readonly container: string; readonly word: string }[]
  /** By service: the hash that Compose gives its configuration, where that was asked for. */
  readonly hashes: ReadonlyMap<string, string>
}

/** Reads the answer of the verb `ask_docker`. */
export function dockerAnswer({ facts, text }: Pick<Reply, 'facts' | 'text'>): DockerAnswer {
  const said = fieldsOf(facts, 'said').map(([container = '', word = '']) => ({ container, word }))
  const lines = text.filter((line) => line !== '')
  const hashes = new Map(
    fieldsOf(facts, 'hashed').map(([service = '', hash = '']) => [service, hash] as const),
  )
  return { code: exitCode(firstOf(facts, 'ended')), lines, said, hashes }
}

/** Reads the answer of the verb `preflight`. */
export function preflightFacts(facts: readonly Fact[]): PreflightFacts {
  const has = (name: string) => fieldsOf(facts, name).length > 0
  const firsts = (name: string) => fieldsOf(facts, name).map(([value = '']) => value)
  return {
    findings: fieldsOf(facts, 'finding').map(parseFinding),
    warnings: fieldsOf(facts, 'warning').map(parseWarning),
    read: hostFacts(facts),
    reached: has('looked') ? 'containers' : has('project') ? 'files' : 'host',
    engine: engineOf(facts),
    projectName: firstOf(facts, 'project'),
    projectDir: firstOf(facts, 'project_dir'),
    envFile: firstOf(facts, 'env_file'),
    services: servicesOf(facts),
    setKeys: new Set(firsts('set')),
    release: has('edit_refused')
      ? { kind: 'refused', detail: firstOf(facts, 'edit_refused') }
      : {
          kind: 'images',
          byService: new Map(
            fieldsOf(facts, 'released').map(([service = '', image = '']) => [service, image]),
          ),
        },
    containers: fieldsOf(facts, 'container').map(parseContainer),
    ...otherContainers(facts),
    sharers: fieldsOf(facts, 'sharer').map(sharerOf),
    builtImages: new Set(firsts('local_image')),
    logDriver: firstOf(facts, 'log_driver'),
    images: has('lent') ? 'lent' : 'in-file',
    lockNumber: Number(firstOf(facts, 'lock_number')),
    planned: { services: firsts('planned'), keys: firsts('sets') },
    freeKibibytes: Number(firstOf(facts, 'disk')),
    earlier: has('unfinished') ? 'unfinished' : 'ended',
    comparison: filesComparison(facts),
    effects: releaseEffects(facts),
    stateSize: stateSize(facts),
  }
}

/** The facts `docker` and `compose`. */
export function engineOf(facts: readonly Fact[]): Engine {
  // A Compose that answers with nothing is none that is known.
  const [compose] = fieldsOf(facts, 'compose').map(([version]) => version || 'unknown')
  return { docker: firstOf(facts, 'docker'), compose: compose ?? '' }
}

/** The facts `other` and `ours`. */
export function otherContainers(facts: readonly Fact[]): OtherContainers {
  return {
    others: fieldsOf(facts, 'other').map(otherOf),
    ownSources: new Set(fieldsOf(facts, 'ours').map(([path = '']) => path)),
  }
}

function servicesOf(facts: readonly Fact[]): readonly ComposeService[] {
  const needs = fieldsOf(facts, 'depends')
  const shares = fieldsOf(facts, 'shares')
  const scales = new Map(fieldsOf(facts, 'scale').map(([service = '', number = '']) => [service, number]))
  return fieldsOf(facts, 'service').map(
    ([name = '', image = '', containerName = '', logDriver = '', origin = '']) => ({
      ...{ name, image, containerName, logDriver },
      origin: origin === 'built' ? 'built' : 'pulled',
      replicas: Number(scales.get(name) ?? 1),
      needs: needs.filter(([service]) => service === name).map(([, needed = '']) => needed),
      shares: shares
        .filter(([service]) => service === name)
        .flatMap(([, kind = '', other = '']) => shareOf(kind, other)),
    }),
  )
}

function shareOf(
  word: string,
  other: string,
): readonly { readonly kind: Namespace; readonly with: string }[] {
  const kind = NAMESPACES.find((namespace) => namespace === word)
  return kind === undefined ? [] : [{ kind, with: other }]
}

/** docker says of what runs, a paused one too, that it is up. */
function otherOf([
  ,
  name = '',
  status = '',
  project = '',
  service = '',
  oneOff = '',
  ...more
]: readonly string[]): OtherContainer {
  const [directory = '""', files = '""', configHash = ''] = more
  return {
    ...{ name, project, service, configHash },
    state: /^(?:Up|Restarting)/u.test(status) ? 'running' : 'stopped',
    oneOff: oneOff === 'True' ? 'one-off' : 'service',
    sources: [pathOf(directory), ...pathOf(files).split(',')].filter((path) => path !== ''),
  }
}

function pathOf(json: string): string {
  try {
    return String(JSON.parse(json))
  } catch {
    return ''
  }
}

const SHARED_CONTAINER = 'container:'

function sharerOf([name = '', project = '', service = '', oneOff = '', ...modes]: readonly string[]): Sharer {
  return {
    ...{ name, project, service },
    oneOff: oneOff === 'True' ? 'one-off' : 'service',
    shares: NAMESPACES.flatMap((kind, index) => {
      const mode = modes[index] ?? ''
      return mode.startsWith(SHARED_CONTAINER) ? [{ kind, with: mode.slice(SHARED_CONTAINER.length) }] : []
    }),
  }
}

/** The containers are read before the disk, which is the last of all. */
function hostFacts(facts: readonly Fact[]): readonly HostFact[] {
  const read = (name: string) =>
    fieldsOf(facts, name)
      .map(([value = '']) => value)
      .filter((value) => value !== '')
  const count = fieldsOf(facts, 'container').length
  return [
    ...read('docker').map((version): HostFact => ({ kind: 'docker', version })),
    ...read('compose').map((version): HostFact => ({ kind: 'compose', version })),
    ...read('project').map((name): HostFact => ({ kind: 'project', name })),
    ...fieldsOf(facts, 'disk').map((): HostFact => ({ kind: 'containers', count })),
    ...read('disk').map((free): HostFact => ({ kind: 'free', kibibytes: Number(free) })),
  ]
}
