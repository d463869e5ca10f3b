import { createHash } from 'node:crypto'
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import type { HostDescription, PrivateHost } from '../private-host/private-host.ts'
import { cachedComposePlugin, findCommand } from '../private-host/toolchain.ts'
import type { Daemon } from './daemon.ts'
import { outputLocally, runLocally } from './local-shell.ts'

/**
 * This machine, as a server that this user can log in to. `directory` holds everything that it needs. It runs
 * scripts as this user and not as root, and ends by being cleaned up: nothing here ends it.
 */
export function localHost(
  directory: string,
  ports: { readonly sshPort: number; readonly registryPort: number },
): PrivateHost {
  const hostKey = readFileSync(join(directory, 'host_key.pub'), 'utf8').split(' ', 2).join(' ')
  const description: HostDescription = {
    name: 'demo',
    directory,
    initProcess: process.pid,
    supervisorProcess: process.pid,
    address: '127.0.0.1',
    sshPort: ports.sshPort,
    username: userInfo().username,
    clientKey: readFileSync(join(directory, 'client_key'), 'utf8'),
    knownHosts: `[127.0.0.1]:${ports.sshPort} ${hostKey}\n`,
    hostKeyFingerprint: fingerprint(hostKey),
    // It asks nobody for a password, and so takes any.
    registry: { address: `127.0.0.1:${ports.registryPort}`, username: 'deployer', password: 'not-asked-for' },
  }
  return {
    ...description,
    run: runLocally,
    sh: outputLocally,
    stopRegistry: notPartOfTheDemo,
    startRegistry: notPartOfTheDemo,
    stop: notPartOfTheDemo,
    describe: () => description,
  }
}

async function notPartOfTheDemo(): Promise<never> {
  throw new Error('the demo neither stops nor starts parts of this machine')
}

/** As `ssh-keygen -l` prints it. */
function fingerprint(publicKey: string): string {
  const blob = Buffer.from(publicKey.split(' ')[1] ?? '', 'base64')
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`
}

/** Docker takes a registry on 127.0.0.1 without TLS. */
export function registryDaemon(directory: string, port: number): Daemon {
  const configuration = join(directory, 'registry.yml')
  writeFileSync(
    configuration,
    [
      'version: 0.1',
      'log: {level: warn}',
      `storage: {filesystem: {rootdirectory: '${directory}/registry'}, delete: {enabled: true}}`,
      `http: {addr: '127.0.0.1:${port}', secret: demo}`,
      '',
    ].join('\n'),
  )
  const program = findCommand('docker-registry') ?? 'docker-registry'
  return {
    name: 'the image registry',
    command: [program, 'serve', configuration],
    port,
    log: join(directory, 'registry.log'),
  }
}

/** An SSH server that lets in the user who started it, by a key that is made here. sshd wants its full path. */
export async function sshDaemon(directory: string, port: number): Promise<Daemon> {
  await outputLocally(`for name in host client; do
  ssh-keygen -q -t ed25519 -N '' -f '${directory}'/"$name"_key || exit
done`)
  const configuration = join(directory, 'sshd_config')
  writeFileSync(
    configuration,
    [
      `Port ${port}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${directory}/host_key`,
      `AuthorizedKeysFile ${directory}/client_key.pub`,
      // The directory is below /tmp, which everybody may write to.
      'StrictModes no',
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      'UsePAM no',
      'PidFile none',
      'PrintMotd no',
      '',
    ].join('\n'),
  )
  const program = findCommand('sshd') ?? 'sshd'
  return {
    name: 'the SSH server',
    command: [program, '-D', '-e', '-f', configuration],
    port,
    log: join(directory, 'sshd.log'),
  }
}

/**
 * Makes the test bed keep its files in this directory: those in `node_modules` may be another user's. Puts the
 * Compose plugin in there that docker finds for this user, which may be one of the user's own.
 */
export async function keepCacheIn(directory: string): Promise<void> {
  process.env.XDG_CACHE_HOME = directory
  const plugins = await outputLocally(
    "docker info --format '{{range .ClientInfo.Plugins}}{{.Name}} {{.Path}}{{println}}{{end}}'",
  )
  const path = /^compose (?<path>\/.*)$/m.exec(plugins)?.groups?.path
  if (path === undefined) throw new Error(`docker info names no compose plugin: ${plugins}`)
  mkdirSync(dirname(cachedComposePlugin()), { recursive: true })
  copyFileSync(path, cachedComposePlugin())
}

/** Takes everything out of Docker that the demo and the action have put there, and ends jobs that still run. */
export function removalScript(projectDir: string, registryPort: number): string {
  return `
transactions='${projectDir}/.closed-loop/transactions'
for pid in "$transactions"/*/jobs/*/pid; do
  if [ ! -e "$pid" ] || [ -e "\${pid%pid}exit" ]; then continue; fi
  read -r leader started <"$pid"
  if [ "$(sed 's/.*) //' "/proc/$leader/stat" | cut -d ' ' -f 20)" = "$started" ]; then pkill -KILL --session "$leader"; fi
done 2>/dev/null
tags='^127\\.0\\.0\\.1:${registryPort}/|^closed-loop-base/'
containers=$(docker ps --all --quiet --filter label=com.docker.compose.project=ai-trade)
for transaction in "$transactions"/*; do
  id=$(basename "$transaction")
  containers="$containers $(docker ps --all --quiet --filter "label=closed-loop.transaction=$id")"
  tags="$tags|^closed-loop-[a-z]+:$id-"
done
echo "$containers" | xargs -r docker rm --force
if docker network inspect ai-trade_default; then docker network rm ai-trade_default; fi
docker image ls --format '{{.Repository}}:{{.Tag}}' | grep -E "$tags" | xargs -r docker image rm
[ -z "$(docker ps --all --quiet --filter label=com.docker.compose.project=ai-trade)" ]`
}
