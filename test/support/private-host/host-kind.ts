import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { cacheDirectory, findComposePlugin, findDockerClient, isExecutable } from './toolchain.ts'

/** The releases of Debian that a host can have, the oldest first. */
export const DEBIAN_RELEASES = ['bookworm', 'trixie', 'forky'] as const
export type DebianRelease = (typeof DEBIAN_RELEASES)[number]

const IMAGE_STORES = ['docker', 'containerd'] as const
/** Where Docker keeps images: in its own store, or in containerd's, which Docker has since 24. */
export type ImageStore = (typeof IMAGE_STORES)[number]

/** What a private host is made of. */
export interface HostKind {
  /** `machine`: what this machine has. */
  readonly release: DebianRelease | 'machine'
  readonly store: ImageStore
  /** Process 1: a shell that starts the daemons, or the systemd of the release. */
  readonly init: 'shell' | 'systemd'
}

/** What `CLOSED_LOOP_TEST_RELEASE` and `CLOSED_LOOP_TEST_STORE` name; this machine and Docker's own store where they are not set. */
export function kindOfEnvironment(): HostKind {
  const { CLOSED_LOOP_TEST_RELEASE: release = '', CLOSED_LOOP_TEST_STORE: store = '' } = process.env
  return {
    release: oneOf(['machine', ...DEBIAN_RELEASES], release || 'machine', 'CLOSED_LOOP_TEST_RELEASE'),
    store: oneOf(IMAGE_STORES, store || 'docker', 'CLOSED_LOOP_TEST_STORE'),
    init: 'shell',
  }
}

function oneOf<Known extends string>(known: readonly Known[], value: string, variable: string): Known {
  const found = known.find((one) => one === value)
  if (found === undefined) throw new Error(`${variable} is '${value}', expected one of ${known.join(', ')}`)
  return found
}

/** The root file system of a host, and the programs that may come from elsewhere. */
export interface HostPrograms {
  readonly root: string
  /** As the host sees it. */
  readonly dockerClient: string
  /** A file of this machine to copy; empty where the root has the plugin. */
  readonly composePlugin: string
}

/** Throws an Error where something of it is not there yet. */
export function programsOf(release: HostKind['release']): HostPrograms {
  const plugin = findComposePlugin()
  if (release === 'machine') {
    const dockerClient = findDockerClient()
    if (dockerClient === undefined || plugin === undefined)
      throw new Error('a private host needs docker and its compose v2 plugin: provision the machine first')
    return { root: '/', dockerClient, composePlugin: plugin }
  }
  const root = rootOf(release)
  if (!existsSync(root))
    throw new Error(`there is no root file system of Debian ${release} yet: provide it first`)
  const named = (process.env.CLOSED_LOOP_TEST_COMPOSE ?? '') !== ''
  const itsOwn = isExecutable(join(root, 'usr/libexec/docker/cli-plugins/docker-compose'))
  if (itsOwn && !named) return { root, dockerClient: '/usr/bin/docker', composePlugin: '' }
  if (plugin === undefined) throw new Error('there is no compose v2 plugin: provision the machine first')
  return { root, dockerClient: '/usr/bin/docker', composePlugin: plugin }
}

// Part of the name: raise it when what the roots are made of changes.
const format = 1

/** Where the root file system of a release is kept. */
export function rootOf(release: DebianRelease): string {
  return join(cacheDirectory(), `root-${release}-${format}`)
}

/** The release that this machine is of; undefined where it is none that a host can have. */
export function releaseOfMachine(): DebianRelease | undefined {
  const description = readFileSync('/etc/os-release', 'utf8')
  return DEBIAN_RELEASES.find((release) => description.includes(`VERSION_CODENAME=${release}\n`))
}
