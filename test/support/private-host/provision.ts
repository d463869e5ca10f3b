import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type HostKind, rootOf } from './host-kind.ts'
import { cachedComposePlugin, findCommand, findComposePlugin, findDockerClient } from './toolchain.ts'

/** What a private host is made of: a command, and the package of Debian and Ubuntu that has it. */
const requirements: readonly { readonly command: string; readonly package: string }[] = [
  { command: 'dockerd', package: 'docker.io' },
  { command: 'sshd', package: 'openssh-server' },
  { command: 'ssh', package: 'openssh-client' },
  { command: 'docker-registry', package: 'docker-registry' },
  { command: 'iptables', package: 'iptables' },
  { command: 'ip', package: 'iproute2' },
  { command: 'busybox', package: 'busybox-static' },
  { command: 'ps', package: 'procps' },
  { command: 'nsenter', package: 'util-linux' },
  { command: 'setpriv', package: 'util-linux' },
  { command: 'perl', package: 'perl-base' },
  { command: 'cron', package: 'cron' },
  { command: 'systemd-analyze', package: 'systemd' },
]

/**
 * Sees to it that everything a private host needs is on this machine (Debian 12 or newer, or Ubuntu): installs
 * the packages that are missing, without starting their daemons, and fetches the Compose v2 plugin into a cache
 * directory where the machine has none. Does nothing, quickly, where all is there. Progress goes to `log`.
 * Throws an Error that says what to install when something is missing and this process is not root.
 */
export async function provision(log: (line: string) => void): Promise<void> {
  const packages = missingPackages()
  const composeMissing = findComposePlugin() === undefined
  if (packages.length === 0 && !composeMissing) return
  if (process.getuid?.() !== 0) throw new Error(whatToInstall(packages, composeMissing))
  if (findCommand('apt-get') === undefined) {
    throw new Error(`${whatToInstall(packages, composeMissing)} (this machine has no apt-get)`)
  }

  if (packages.length > 0) await runProvisioning(['packages', ...packages], log)
  if (findComposePlugin() === undefined) await runProvisioning(['compose', cachedComposePlugin()], log)

  const stillMissing = missingPackages()
  if (stillMissing.length > 0 || findComposePlugin() === undefined) {
    throw new Error(whatToInstall(stillMissing, findComposePlugin() === undefined))
  }
}

/**
 * The Compose v2 plugin alone, which needs no docker beside it for what is done without a daemon: that of this machine,
 * or fetched into the cache directory. Throws an Error that says what to install when neither can be.
 */
export async function provideCompose(log: (line: string) => void): Promise<string> {
  const named = process.env.CLOSED_LOOP_TEST_COMPOSE ?? ''
  const there = findComposePlugin()
  if (there !== undefined) return there
  if (named !== '') throw new Error(`CLOSED_LOOP_TEST_COMPOSE names ${named}, which cannot be executed`)
  if (process.getuid?.() !== 0 || findCommand('apt-get') === undefined) {
    throw new Error(
      'the compose files cannot be checked: install the Docker Compose v2 plugin (docker compose), or run this as root on Debian or Ubuntu, which fetches it',
    )
  }
  await runProvisioning(['compose', cachedComposePlugin()], log)
  return cachedComposePlugin()
}

/**
 * The root file system for hosts of another release of Debian than this machine's, made once (a minute or two) from the
 * machine's own package source and kept in the cache directory. Needs root on Debian.
 */
export async function provideRoot(release: HostKind['release'], log: (line: string) => void): Promise<void> {
  if (release === 'machine' || existsSync(rootOf(release))) return
  if (findCommand('mmdebstrap') === undefined) await runProvisioning(['packages', 'mmdebstrap'], log)
  await runProvisioning(['root', rootOf(release), release], log)
}

function missingPackages(): string[] {
  const missing = requirements.filter(({ command }) => findCommand(command) === undefined)
  if (findDockerClient() === undefined) missing.push({ command: 'docker', package: 'docker.io' })
  const names = new Set(missing.map((requirement) => requirement.package))
  // Newer releases have the docker client in a package of its own, which docker.io only recommends.
  if (names.has('docker.io') && findDockerClient() === undefined) names.add('docker-cli')
  if (!existsSync('/etc/ssl/certs/ca-certificates.crt')) names.add('ca-certificates')
  return [...names]
}

function whatToInstall(packages: readonly string[], composeMissing: boolean): string {
  const parts = [
    ...(packages.length > 0 ? [`the packages ${packages.join(' ')}`] : []),
    ...(composeMissing ? ['the Docker Compose v2 plugin (docker compose)'] : []),
  ]
  return `a private host needs root and, missing on this machine: ${parts.join(', and ')}`
}

function runProvisioning(parameters: readonly string[], log: (line: string) => void): Promise<void> {
  return new Promise((settle, fail) => {
    const child = spawn('sh', [join(import.meta.dirname, 'provision.sh'), ...parameters], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const complaints: string[] = []
    createInterface({ input: child.stdout }).on('line', log)
    createInterface({ input: child.stderr }).on('line', (line) => complaints.push(line))
    child.once('error', fail)
    child.once('close', (code) => {
      if (code === 0) settle()
      else
        fail(new Error(`provisioning failed (${parameters.join(' ')}): ${complaints.slice(-20).join('\n')}`))
    })
  })
}
