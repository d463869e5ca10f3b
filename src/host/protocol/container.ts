import type { ContainerPart } from '../../model/outcome.ts'

/** A container as the host program's `container` and `state` lines show it. */
export interface ContainerState {
  readonly name: string
  readonly service: string
  readonly oneOff: 'one-off' | 'service'
  /** Full `sha256:` ID. */
  readonly imageId: string
  readonly reference: string
  /** Docker's state: created, running, paused, restarting, exited, dead. */
  readonly state: string
  /** Docker's health: none (no healthcheck), starting, healthy, unhealthy. */
  readonly health: string
  readonly id: string
  /** With the ID, this names one instance of the container. */
  readonly startedAt: string
  readonly restarts: number
  readonly exitCode: number
  readonly outOfMemory: boolean
  /** A one-shot (a migration) has done its work when it ended with 0; the host tells which one is. */
  readonly kind: 'one-shot' | 'lasting'
}

/**
 * The columns of a container line, in their order: how docker inspect prints each, and what it is. `-` is filled in by
 * compose/inventory.sh. Labels, paths and modes are whatever somebody wrote: without `js` or `json` a line end or a tab in one
 * of them would make lines of its own. The names that Compose allows are the same either way.
 */
export const COLUMNS = [
  { name: 'name', template: '{{.Name}}', says: 'Its name.' },
  {
    name: 'service',
    template: '{{js (index .Config.Labels "com.docker.compose.service")}}',
    says: 'The service of the compose file.',
  },
  {
    name: 'number',
    template: '{{js (index .Config.Labels "com.docker.compose.container-number")}}',
    says: 'Which of the replicas it is.',
  },
  {
    name: 'one-off',
    template: '{{js (index .Config.Labels "com.docker.compose.oneoff")}}',
    says: '`True` where `docker compose run` started it.',
  },
  { name: 'image ID', template: '{{.Image}}', says: 'Full `sha256:` ID.' },
  { name: 'reference', template: '{{.Config.Image}}', says: 'The image as the compose file names it.' },
  {
    name: 'state',
    template: '{{.State.Status}}',
    says: 'created, running, paused, restarting, exited or dead.',
  },
  {
    name: 'health',
    template: '{{if .State.Health}}{{.State.Health.Status}}{{else}}none{{end}}',
    says: 'none (no healthcheck), starting, healthy or unhealthy.',
  },
  {
    name: 'restart policy',
    template:
      '{{with .HostConfig.RestartPolicy.Name}}{{.}}{{else}}no{{end}}:{{.HostConfig.RestartPolicy.MaximumRetryCount}}',
    says: 'Its name and the most tries: `on-failure:3`.',
  },
  { name: 'hash', template: '-', says: 'Of environment, command, mounts, and what it shares with another.' },
  { name: 'ID', template: '{{.ID}}', says: 'Full ID of the container.' },
  {
    name: 'started at',
    template: '{{.State.StartedAt}}',
    says: 'With the ID, this names one instance of the container.',
  },
  { name: 'restarts', template: '{{.RestartCount}}', says: 'By Docker, since it was made.' },
  { name: 'exit code', template: '{{.State.ExitCode}}', says: 'Of its last end.' },
  { name: 'out of memory', template: '{{.State.OOMKilled}}', says: '`true` where it was killed for that.' },
  {
    name: 'kind',
    template: '-',
    says: '`one-shot` (a migration: its work is done when it ended with 0) or `lasting`.',
  },
  {
    name: 'cut',
    template: '-',
    says: '`cut`: the container whose network, IPC or processes it shares is gone.',
  },
] as const satisfies readonly { readonly name: string; readonly template: string; readonly says: string }[]

/**
 * How the keys of Docker's `Config` and `HostConfig` begin that belong to a part of a container; the first that fits counts,
 * and what none fits is of the others.
 */
export const KEYS_OF_PARTS: Readonly<Partial<Record<ContainerPart, readonly string[]>>> = {
  environment: ['Env'],
  labels: ['Labels', 'Annotations'],
  logging: ['LogConfig'],
  healthcheck: ['Healthcheck'],
  limits: ['Memory', 'Kernel', 'Cpu', 'Nano', 'Blkio', 'IO', 'Pids', 'Oom', 'Ulimits', 'ShmSize'],
  privileges: [
    ...['Cap', 'Cgroup', 'Device', 'GroupAdd', 'Init', 'Ipc', 'Isolation', 'Masked', 'Pid', 'Privileged'],
    ...['ReadonlyPaths', 'ReadonlyRootfs', 'Runtime', 'Security', 'Sysctls', 'Userns', 'UTS'],
  ],
  network: [
    ...['Dns', 'Domainname', 'Exposed', 'ExtraHosts', 'Hostname', 'Links', 'MacAddress', 'Network'],
    ...['PortBindings', 'PublishAllPorts'],
  ],
  mounts: ['Binds', 'Mounts', 'Storage', 'Tmpfs', 'VolumeDriver'],
  command: [
    ...['ArgsEscaped', 'Cmd', 'Entrypoint', 'OnBuild', 'OpenStdin', 'Shell', 'Stop', 'Tty', 'User'],
    'WorkingDir',
  ],
}

type ColumnName = (typeof COLUMNS)[number]['name']

/** A container line as the host printed it. */
export function parseContainer(line: readonly string[]): ContainerState {
  const column = (name: ColumnName) => line[COLUMNS.findIndex((one) => one.name === name)] ?? ''
  return {
    name: column('name'),
    service: column('service'),
    oneOff: column('one-off') === 'True' ? 'one-off' : 'service',
    imageId: column('image ID'),
    reference: column('reference'),
    state: column('state'),
    health: column('health'),
    id: column('ID'),
    startedAt: column('started at'),
    restarts: Number(column('restarts')),
    exitCode: Number(column('exit code')),
    outOfMemory: column('out of memory') === 'true',
    kind: column('kind') === 'one-shot' ? 'one-shot' : 'lasting',
  }
}

/** Whether it is a one-shot that has done its work. */
export function isCompleted({ kind, state, exitCode }: ContainerState): boolean {
  return kind === 'one-shot' && state === 'exited' && exitCode === 0
}
