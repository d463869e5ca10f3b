import { userInfo } from 'node:os'
import { findCommand } from '../private-host/toolchain.ts'
import { runLocally } from './local-shell.ts'

/** What the demo calls, and the package of Debian and Ubuntu that has it. */
const PROGRAMS = [
  { command: 'docker', packages: ['docker.io', 'docker-cli'] },
  { command: 'sshd', packages: ['openssh-server'] },
  { command: 'ssh-keygen', packages: ['openssh-client'] },
  { command: 'docker-registry', packages: ['docker-registry'] },
  { command: 'busybox', packages: ['busybox-static'] },
] as const

/** The example's compose file fixes these names, and mounts this socket. */
const PROJECT = 'ai-trade'
const CONTAINERS = ['ai-trade', 'ai-trade-watchdog', 'ai-trade-scheduler', 'ai-trade-research']
const NETWORK = 'ai-trade_default'
const BASE_IMAGES = 'closed-loop-base/*'
const SOCKET = 'unix:///var/run/docker.sock'

/** Everything that a person has to install, allow or remove before the demo can play as this user. Only looks. */
export async function obstacles(): Promise<readonly string[]> {
  const missing = PROGRAMS.filter(({ command }) => findCommand(command) === undefined)
  const install =
    missing.length === 0
      ? []
      : [
          `Missing: ${missing.map(({ command }) => command).join(', ')}. Install: sudo apt-get install ${missing.flatMap(({ packages }) => packages).join(' ')}`,
        ]
  if (missing.some(({ command }) => command === 'docker')) return install
  return [...install, ...(await dockerObstacles())]
}

async function dockerObstacles(): Promise<readonly string[]> {
  const endpoint = await runLocally("docker context inspect --format '{{.Endpoints.docker.Host}}'")
  if (endpoint.stdout.trim() !== SOCKET) {
    return [
      `Your docker talks to ${endpoint.stdout.trim() || 'an unknown place'}, and the example needs ${SOCKET}. Choose it: docker context use default`,
    ]
  }
  const server = await runLocally('docker version --format {{.Server.Version}}', { timeoutSeconds: 20 })
  if (server.code !== 0) return [noServer(server.stderr)]
  const compose = await runLocally('docker compose version --short')
  const { major } = /^v?(?<major>\d+)\./.exec(compose.stdout)?.groups ?? {}
  return [
    ...(compose.code === 0 && Number(major) >= 2
      ? []
      : [
          'Missing: Docker Compose v2 (`docker compose`). Install: sudo apt-get install docker-compose-v2 on Ubuntu, docker-compose on Debian 13, docker-compose-plugin where Docker came from docker.com',
        ]),
    ...(await collisions()),
  ]
}

function noServer(complaint: string): string {
  const said = complaint.trim().split('\n').at(-1) ?? ''
  return /permission denied/i.test(said)
    ? `You may not use Docker (permission denied for ${SOCKET}). Allow it: sudo usermod -aG docker ${userInfo().username}, then log in anew`
    : `Docker does not answer (${said}). Start it: sudo systemctl start docker`
}

async function collisions(): Promise<readonly string[]> {
  const { stdout } = await runLocally(`
docker ps --all --format 'container {{.Names}}' --filter 'label=com.docker.compose.project=${PROJECT}'
for name in ${CONTAINERS.join(' ')}; do docker ps --all --format 'container {{.Names}}' --filter "name=^/$name\\$"; done
docker network ls --format 'network {{.Name}}' --filter 'name=^${NETWORK}$'
docker image ls --format 'image {{.Repository}}:{{.Tag}}' --filter 'reference=${BASE_IMAGES}'`)
  const found = [...new Set(stdout.trim().split('\n'))].flatMap((line) => {
    const [kind = '', name = ''] = line.split(' ')
    return name === '' ? [] : [{ kind, name }]
  })
  const removals = { container: 'docker rm --force', network: 'docker network rm', image: 'docker image rm' }
  return Object.entries(removals).flatMap(([kind, command]) => {
    const names = found.filter((one) => one.kind === kind).map(({ name }) => name)
    return names.length === 0
      ? []
      : [
          `The demo needs the name of ${names.length === 1 ? `this ${kind}` : `these ${kind}s`} of yours: ${names.join(', ')}. If you can spare ${names.length === 1 ? 'it' : 'them'}: ${command} ${names.join(' ')}`,
        ]
  })
}
