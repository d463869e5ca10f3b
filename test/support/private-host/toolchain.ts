import { accessSync, constants, mkdirSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'

/** Where Docker looks for plugins that belong to the whole machine. */
const machinePluginDirectories = [
  '/usr/local/lib/docker/cli-plugins',
  '/usr/local/libexec/docker/cli-plugins',
  '/usr/libexec/docker/cli-plugins',
  '/usr/lib/docker/cli-plugins',
]

const administratorPath = ['/usr/local/sbin', '/usr/sbin', '/sbin']

/** Whether a file exists and may be executed by this process. */
export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

/** Full path of a command of this machine, also of those for administrators; undefined where it is missing. */
export function findCommand(name: string): string | undefined {
  const directories = [...(process.env.PATH ?? '').split(delimiter), ...administratorPath]
  return directories.map((directory) => join(directory, name)).find(isExecutable)
}

/**
 * The docker client that the hosts use: the first in PATH. A client that is newer than the daemon speaks the daemon's
 * version of the API, and starts in half the processor time of Debian 12's own, which `test/hosts` runs.
 */
export function findDockerClient(): string | undefined {
  return findCommand('docker')
}

/** Where fetched and built files are kept between runs: inside `node_modules`, or the user's cache directory. */
export function cacheDirectory(): string {
  const modules = resolve(import.meta.dirname, '../../../node_modules')
  const cacheHome = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache')
  const parent =
    process.env.XDG_CACHE_HOME === undefined && isDirectory(modules) ? join(modules, '.cache') : cacheHome
  const directory = join(parent, 'closed-loop-private-host')
  mkdirSync(directory, { recursive: true })
  return directory
}

/** Where a fetched Compose v2 plugin is kept. */
export function cachedComposePlugin(): string {
  return join(cacheDirectory(), 'docker-compose')
}

/**
 * The Compose v2 plugin that `CLOSED_LOOP_TEST_COMPOSE` names, or that of this machine, or else the fetched one;
 * undefined where there is none of them.
 */
export function findComposePlugin(): string | undefined {
  const named = process.env.CLOSED_LOOP_TEST_COMPOSE ?? ''
  if (named !== '') return isExecutable(named) ? named : undefined
  const candidates = machinePluginDirectories.map((directory) => join(directory, 'docker-compose'))
  return [...candidates, cachedComposePlugin()].find(isExecutable)
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}
