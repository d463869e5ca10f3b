import { afterAll, describe, expect, it } from '@jest/globals'
import { programBench, SHELLS, type ShellName } from './shells.ts'

const bench = programBench()
afterAll(() => bench[Symbol.dispose]())

interface Made {
  readonly id?: string
  readonly config?: Readonly<Record<string, unknown>>
  readonly host?: Readonly<Record<string, unknown>>
  readonly networks?: Readonly<Record<string, unknown>>
  readonly mounts?: readonly Readonly<Record<string, unknown>>[]
}

const ID = '0123456789abcdef'.repeat(4)
const OTHER_ID = 'fedcba9876543210'.repeat(4)
const VOLUME = 'a1b2c3d4e5f60718'.repeat(4)

/** A container as `docker inspect` prints it: what it says itself, and what an engine adds. */
function container({ id = ID, config, host, networks, mounts = [] }: Made = {}): string {
  const inspected = {
    ...{ Id: id, State: { Status: 'running', Health: { Log: [{ Output: 'Cmd' }] } }, Name: '/p-app-1' },
    Config: {
      ...{ Hostname: id.slice(0, 12), Domainname: '', AttachStdout: true, Tty: false, Image: 'app:1' },
      ...{ Env: ['A=1', 'B="x, {'], Cmd: ['sleep', '9'], Entrypoint: null, Volumes: { '/data': {} } },
      Labels: { 'com.docker.compose.config-hash': id, note: 'say \\"no\\", {or [this' },
      ...config,
    },
    HostConfig: {
      ...{ Binds: null, RestartPolicy: { Name: 'no', MaximumRetryCount: 0 }, NetworkMode: 'p_default' },
      ...{ CapAdd: ['NET_ADMIN', 'SYS_TIME'], Memory: 67108864, MemorySwappiness: null, PidsLimit: 0 },
      ...{ Ulimits: [{ Name: 'core', Hard: 0, Soft: 0 }], ConsoleSize: [0, 0], Mounts: [] },
      ...{ MaskedPaths: ['/proc/acpi'], LogConfig: { Type: 'json-file', Config: { 'max-size': '1m' } } },
      ...host,
    },
    NetworkSettings: {
      SandboxID: id,
      Networks: {
        p_default: {
          ...{ IPAMConfig: {}, Links: null, Aliases: ['p-app-1', 'app', id.slice(0, 12)], NetworkID: id },
          ...{ IPAddress: '172.18.0.2', MacAddress: '02:42:ac:12:00:02' },
        },
        ...networks,
      },
    },
    Mounts: mounts.map((mount) => ({ ...mount, Driver: 'local', Mode: 'z', RW: true, Propagation: '' })),
  }
  return JSON.stringify([inspected], null, 4)
}

/** By group, the hash. */
function detailsOf(shell: ShellName, text: string): Readonly<Record<string, string>> {
  const { code, stdout, stderr } = bench.run(
    shell,
    `docker_read() { cat '${bench.file('inspected', text)}'; }
line=$(printf 'p-app-1\\tapp\\t1\\tFalse\\tx\\tx\\trunning\\tnone\\tno:0\\tx\\tid')
container_details "$line"`,
  )
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return Object.fromEntries(
    stdout
      .trim()
      .split('\n')
      .map((line) => line.split('\t'))
      .map(([name, group, hash]) => [`${name} ${group}`, hash ?? '']),
  )
}

function differing(shell: ShellName, one: Made, other: Made): readonly string[] {
  const [before, now] = [detailsOf(shell, container(one)), detailsOf(shell, container(other))]
  return [...new Set([...Object.keys(before), ...Object.keys(now)])]
    .filter((group) => before[group] !== now[group])
    .map((group) => group.replace('p-app-1 ', ''))
    .toSorted()
}

describe.each(SHELLS)('what makes a container, under %s', (shell) => {
  const held = { Type: 'volume', Name: VOLUME, Source: '/var/lib/docker', Destination: '/data' }
  const handedOn = { Type: 'volume', Source: VOLUME, Target: '/data' }
  it.each<[string, Made, Made]>([
    ['an ID of its own', {}, { id: OTHER_ID }],
    [
      'another order',
      {},
      { config: { Env: ['B="x, {', 'A=1'] }, host: { CapAdd: ['SYS_TIME', 'NET_ADMIN'] } },
    ],
    [
      'a volume that was handed on to it',
      { mounts: [held] },
      { host: { Mounts: [handedOn], Binds: [`${VOLUME}:/data:rw`] }, mounts: [held] },
    ],
    [
      'another way to say nothing',
      {},
      { host: { CapDrop: [], Dns: null, MemorySwappiness: -1, Init: false } },
    ],
    ['a restart policy, which has a column', {}, { host: { RestartPolicy: { Name: 'always' } } }],
    ['an image by ID', {}, { config: { Image: `sha256:${ID}` } }],
    ['other paths that the engine masks', {}, { host: { MaskedPaths: ['/proc/acpi', '/proc/keys'] } }],
    [
      'the network of a container that is a new one too',
      { config: { Hostname: ID.slice(0, 12) }, host: { NetworkMode: `container:${ID}` } },
      { config: { Hostname: OTHER_ID.slice(0, 12) }, host: { NetworkMode: `container:${OTHER_ID}` } },
    ],
  ])('is the same with %s', (_, one, other) => {
    expect(differing(shell, one, other)).toEqual([])
  })

  it.each<[string, Made, readonly string[]]>([
    ['memory', { host: { Memory: 1 } }, ['limits']],
    ['a ulimit', { host: { Ulimits: [{ Name: 'core', Hard: 0, Soft: 1 }] } }, ['limits']],
    ['a capability', { host: { CapAdd: ['NET_ADMIN'] } }, ['privileges']],
    ['no masked paths', { host: { MaskedPaths: [] } }, ['privileges']],
    ['a sysctl', { host: { Sysctls: { 'net.core.somaxconn': '2' } } }, ['privileges']],
    ['a label', { config: { Labels: { note: 'say \\"no\\", {or [that' } } }, ['labels']],
    [
      'a label that is empty',
      { config: { Labels: { note: 'say \\"no\\", {or [this', on: '' } } },
      ['labels'],
    ],
    ['a value of the environment', { config: { Env: ['A=1', 'B="x, {}'] } }, ['environment']],
    ['the order of a command', { config: { Cmd: ['9', 'sleep'] } }, ['command']],
    ['a user', { config: { User: '1' } }, ['command']],
    ['a healthcheck', { config: { Healthcheck: { Test: ['CMD', 'true'] } } }, ['healthcheck']],
    ['log settings', { host: { LogConfig: { Type: 'json-file', Config: {} } } }, ['logging']],
    ['a port', { host: { PortBindings: { '80/tcp': [{ HostPort: '80' }] } } }, ['network']],
    ['a further network', { networks: { front: { Aliases: null } } }, ['network']],
    ['an alias', { networks: { p_default: { Aliases: ['p-app-1', 'app', 'api'] } } }, ['network']],
    [
      'an address',
      { networks: { p_default: { IPAMConfig: { IPv4Address: '172.18.0.9' }, Aliases: ['p-app-1', 'app'] } } },
      ['network'],
    ],
    ['a mount', { mounts: [{ Type: 'bind', Source: '/etc', Destination: '/etc' }] }, ['mounts']],
    [
      'a tmpfs',
      { host: { Mounts: [{ Type: 'tmpfs', Target: '/t', TmpfsOptions: { SizeBytes: 1 } }] } },
      ['mounts'],
    ],
    ['a host name', { config: { Hostname: 'trader' } }, ['network']],
    ['what no group knows', { host: { NewSetting: { on: true } } }, ['others']],
  ])('differs with %s', (_, other, groups) => {
    expect(differing(shell, {}, other)).toEqual(groups)
  })

  it('shows no value', () => {
    expect(Object.values(detailsOf(shell, container())).join('')).toMatch(/^[0-9a-f]+$/u)
  })
})

describe.each(SHELLS)('what Compose makes of a service, under %s', (shell) => {
  const CONFIG = `name: p
services:
  app:
    environment:
      A: "1"
      B: |
        two
          lines
    image: app:1
  "on":
    image: app:1
networks:
  default:
    name: p_default
`
  const hashesOf = (yaml: string) => {
    const { stdout } = bench.run(
      shell,
      `compose() { cat '${bench.file('yaml', yaml)}'; }; ENV_FILE=.env; read_config; service_configs`,
    )
    return Object.fromEntries(
      stdout
        .trim()
        .split('\n')
        .map((line) => line.split('\t'))
        .map(([name, , hash]) => [name, hash]),
    )
  }
  const changed = (yaml: string) => {
    const [before, now] = [hashesOf(CONFIG), hashesOf(yaml)]
    return Object.keys(before).filter((name) => before[name] !== now[name])
  }

  it.each([
    ['itself', CONFIG.replace('          lines', '          other lines'), ['app']],
    ['a network, which is for all', CONFIG.replace('p_default', 'other'), ['app', 'on']],
    ['nothing', CONFIG, []],
  ])('changes with %s', (_, yaml, services) => {
    expect(changed(yaml).toSorted()).toEqual(services)
  })
})
