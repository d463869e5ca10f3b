import { createHash } from 'node:crypto'
import * as z from 'zod'
import type { PrivateHost } from '../private-host/private-host.ts'

/** A container as Docker shows it, read without any program of ours. */
export interface ContainerFacts {
  readonly name: string
  /** Empty for a container that is not of a compose project. */
  readonly service: string
  readonly number: string
  readonly id: string
  readonly imageId: string
  /** The reference that it was created with. */
  readonly reference: string
  readonly state: string
  /** `none` without a healthcheck. */
  readonly health: string
  readonly startedAt: string
  readonly restartCount: number
  readonly restartPolicy: string
  /** Environment, entrypoint, command, user, mounts, healthcheck, networks … one a line, sorted. */
  readonly makeup: readonly string[]
}

/** A file by content and permissions. */
export interface FileFacts {
  readonly sha256: string
  /** Octal digits. */
  readonly mode: string
  /** `uid:gid` as numbers. */
  readonly owner: string
}

/** What really is on a host at one moment. */
export interface HostState {
  /** Every container of the host, by name. */
  readonly containers: Readonly<Record<string, ContainerFacts>>
  /** Every local tag but the base images', with the image ID that it resolves to. */
  readonly tags: Readonly<Record<string, string>>
  /** Every image of the host by ID, those without a name too. */
  readonly images: readonly string[]
  /** Every volume of the host, those without a name of their own too. */
  readonly volumes: readonly string[]
  /** The networks of compose projects. */
  readonly networks: readonly string[]
  readonly envFile: FileFacts & { readonly bytes: Buffer }
  readonly composeFile: FileFacts & { readonly bytes: Buffer }
  /** The files of the project directory by relative path, without `data` and `.closed-loop`. */
  readonly files: Readonly<Record<string, FileFacts>>
  /** Command lines of processes of the deployment that are still there. */
  readonly processes: readonly string[]
  /** Files and directories that a deployment must have removed when it ends. */
  readonly temporaries: readonly string[]
  /** Locks of ours that nobody gave back, by directory and holder. */
  readonly locks: readonly string[]
}

const inspectSchema = z.array(
  z.object({
    Id: z.string(),
    Name: z.string(),
    Image: z.string(),
    RestartCount: z.number(),
    Config: z.looseObject({
      Image: z.string(),
      Env: z.array(z.string()).nullable(),
      Labels: z.record(z.string(), z.string()).nullable(),
    }),
    HostConfig: z.looseObject({
      RestartPolicy: z.object({ Name: z.string(), MaximumRetryCount: z.number() }),
    }),
    State: z.object({
      Status: z.string(),
      StartedAt: z.string(),
      Health: z.object({ Status: z.string() }).optional(),
    }),
    Mounts: z.array(
      z.object({ Type: z.string(), Source: z.string(), Destination: z.string(), RW: z.boolean() }),
    ),
    NetworkSettings: z.object({ Networks: z.record(z.string(), z.unknown()) }),
  }),
)

/** Reads the state of a host directly: docker inspect, the file system, the process table. */
export async function hostState(host: PrivateHost, projectDir = '/opt/ai-trade'): Promise<HostState> {
  const [containers, tags, images, volumes, networks, files, temporaries, locks, envFile, composeFile] =
    await Promise.all([
      readContainers(host),
      host.sh(`docker image ls --no-trunc --format '{{.Repository}}:{{.Tag}} {{.ID}}'`),
      host.sh('docker image ls --all --quiet --no-trunc | sort -u'),
      host.sh('docker volume ls --quiet | sort'),
      host.sh(`docker network ls --filter label=com.docker.compose.project --format '{{.Name}}'`),
      host.sh(FILE_FACTS(projectDir)),
      host.sh(TEMPORARIES(projectDir)),
      host.sh(LOCKS(projectDir)),
      host.sh(`base64 '${projectDir}/.env.runtime'`),
      host.sh(`base64 '${projectDir}/docker-compose.prod.yml'`),
    ])
  // Not beside the others: what reads the files of the project names them in its arguments.
  const processes = await host.sh(PROCESSES)
  const facts = Object.fromEntries(
    lines(files).map((line) => {
      const [sha256 = '', mode = '', owner = '', path = ''] = line.split('\t')
      return [path, { sha256, mode, owner }]
    }),
  )
  return {
    containers: Object.fromEntries(containers.map((container) => [container.name, container])),
    tags: Object.fromEntries(
      lines(tags)
        .map((line) => line.split(' ', 2))
        .filter(([tag = '']) => !tag.startsWith('closed-loop-base/') && !tag.includes('<none>')),
    ),
    images: lines(images),
    volumes: lines(volumes),
    networks: lines(networks).toSorted(),
    envFile: fileWithBytes(facts, '.env.runtime', envFile),
    composeFile: fileWithBytes(facts, 'docker-compose.prod.yml', composeFile),
    files: facts,
    processes: lines(processes),
    temporaries: lines(temporaries),
    locks: lines(locks),
  }
}

/** Every container of the host, as Docker shows it. */
export async function readContainers(host: PrivateHost): Promise<readonly ContainerFacts[]> {
  // `docker inspect` fails when a one-off container ends between the listing and the reading.
  const json = await host.sh(`
for try in 1 2 3 4 5; do
  ids=$(docker ps --all --quiet --no-trunc)
  [ -n "$ids" ] || { echo '[]'; exit 0; }
  all=$(docker inspect --type container $ids) && { printf '%s\\n' "$all"; exit 0; }
done
exit 1`)
  return inspectSchema.parse(JSON.parse(json)).map((container) => ({
    name: container.Name.replace(/^\//, ''),
    service: container.Config.Labels?.['com.docker.compose.service'] ?? '',
    number: container.Config.Labels?.['com.docker.compose.container-number'] ?? '',
    id: container.Id,
    imageId: container.Image,
    reference: container.Config.Image,
    state: container.State.Status,
    health: container.State.Health?.Status ?? 'none',
    startedAt: container.State.StartedAt,
    restartCount: container.RestartCount,
    restartPolicy: `${container.HostConfig.RestartPolicy.Name}:${container.HostConfig.RestartPolicy.MaximumRetryCount}`,
    makeup: makeupOf(container),
  }))
}

function makeupOf({
  Config,
  Mounts,
  NetworkSettings,
}: z.infer<typeof inspectSchema>[number]): readonly string[] {
  const { Env, Entrypoint, Cmd, WorkingDir, User, Healthcheck, StopTimeout } = Config
  return [
    ...(Env ?? []).map((variable) => `environment ${variable}`),
    ...Mounts.map(
      ({ Type, Source, Destination, RW }) => `mount ${Type} ${Source} ${Destination} ${RW ? 'rw' : 'ro'}`,
    ),
    ...Object.keys(NetworkSettings.Networks).map((network) => `network ${network}`),
    ...Object.entries({ Entrypoint, Cmd, WorkingDir, User, Healthcheck, StopTimeout }).map(
      ([name, value]) => `${name} ${JSON.stringify(value)}`,
    ),
  ].toSorted()
}

const FILE_FACTS = (projectDir: string) => `
cd '${projectDir}' || exit 1
find . -path ./data -prune -o -path ./.closed-loop -prune -o ! -type d -print | while IFS= read -r path; do
  printf '%s\\t%s\\t%s\\n' "$(sha256sum <"$path" | cut -d ' ' -f 1)" "$(stat -c '%a\t%u:%g' "$path")" "\${path#./}"
done`

// Ours alone, not those of containers (the scheduler calls the runner too). The brackets keep the patterns
// from matching the process that looks for them.
const PROCESSES = `
mine=$(readlink /proc/self/ns/pid)
grep -la -e '[.]closed-loop/bin/' -e '[t]ools/closed_loop_runner' /proc/[0-9]*/cmdline 2>/dev/null | while IFS= read -r words; do
  [ "$(readlink "\${words%/cmdline}/ns/pid" 2>/dev/null)" != "$mine" ] || tr '\\0' ' ' <"$words" 2>/dev/null | grep -a . || :
done`

const TEMPORARIES = (projectDir: string) => `
cd '${projectDir}' || exit 1
find . -path ./data -prune -o \\( -name '.closed-loop-*' -o -name docker-config -o -name env.prefetch -o \\( -path './.closed-loop/transactions/*' -name trial -type d ! -path '*/jobs/*' \\) -o -name 'probe.*' \
  -o -name '.chunk.*' -o \\( -path './.closed-loop/*' -name '*.new' \\) -o -name 'host.sh.*' \\) -print`

const LOCKS = (projectDir: string) => `
for lock in '${projectDir}/.closed-loop/lock' /var/tmp/closed-loop-locks/*/*; do
  top=$(ls "$lock" 2>/dev/null | grep -x '[0-9]*' | sort -n | tail -n 1)
  [ -z "$top" ] || grep -q "^renewed.* released" "$lock/$top" || printf '%s %s\\n' "$lock" "$(grep '^token' "$lock/$top")"
done`

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '')
}

function fileWithBytes(facts: Readonly<Record<string, FileFacts>>, path: string, base64: string) {
  const bytes = Buffer.from(base64, 'base64')
  const known = facts[path]
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  if (known?.sha256 !== sha256) throw new Error(`${path} changed while the state of the host was read`)
  return { ...known, bytes }
}
