import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { baseImages, importBaseImages } from '../support/private-host/base-images.ts'
import {
  attachPrivateHost,
  type PrivateHost,
  startPrivateHost,
} from '../support/private-host/private-host.ts'
import { provision } from '../support/private-host/provision.ts'
import { type PublishedImage, publish } from '../support/private-host/publish.ts'

const silent = () => {}
const minute = 60_000

/** Everything a host of this name might leave on the machine, and what all hosts share. */
function traces(name: string): readonly string[] {
  const lines = (program: string, ...parameters: string[]) =>
    execFileSync(program, parameters, { encoding: 'utf8' }).split('\n')
  return [
    ...lines('iptables-save').filter((line) => line.includes('10.213.') || line.includes('DOCKER')),
    ...readFileSync('/proc/self/mounts', 'utf8')
      .split('\n')
      .filter((line) => line.includes('closed-loop-host')),
    ...lines('ps', '-eo', 'args').filter((line) => line.includes(`closed-loop-host-${name}-`)),
    ...lines('ps', '-eo', 'args').filter((line) => line.includes(` supervise ${name} `)),
    ...readdirSync('/var/tmp').filter((entry) => entry.startsWith(`closed-loop-host-${name}-`)),
    ...lines('find', '/sys/fs/cgroup', '-maxdepth', '2', '-name', `closed-loop-host-${name}-*`),
  ].filter((line) => line !== '')
}

function networkLink(host: PrivateHost): string {
  return `clhost${host.address.split('.')[2]}`
}

function linkExists(link: string): boolean {
  return existsSync(`/sys/class/net/${link}`)
}

describe('a private host', () => {
  const name = `self-test-${process.pid}`
  let before: readonly string[]
  let host: PrivateHost
  let keys: string
  let published: PublishedImage

  function ssh(knownHosts: string, command: string) {
    writeFileSync(join(keys, 'known_hosts'), knownHosts)
    const { status, stdout, stderr } = spawnSync(
      'ssh',
      [
        ...['-F', 'none', '-i', join(keys, 'key'), '-p', String(host.sshPort)],
        ...['-o', 'IdentitiesOnly=yes', '-o', 'BatchMode=yes', '-o', 'StrictHostKeyChecking=yes'],
        ...['-o', `UserKnownHostsFile=${join(keys, 'known_hosts')}`, '-o', 'GlobalKnownHostsFile=none'],
        `${host.username}@${host.address}`,
        command,
      ],
      { encoding: 'utf8' },
    )
    return { status, stdout, stderr }
  }

  const image = () => `${host.registry.address}/self-test:1`

  beforeAll(async () => {
    await provision(silent)
    before = traces(name)
    host = await startPrivateHost({ name, log: silent })
    await importBaseImages(host, silent)
    keys = mkdtempSync(join(tmpdir(), 'closed-loop-self-test-'))
    writeFileSync(join(keys, 'key'), host.clientKey, { mode: 0o600 })
  }, 5 * minute)

  afterAll(async () => {
    await host?.stop()
    if (keys !== undefined) rmSync(keys, { recursive: true })
  }, minute)

  it('lets in who has the key and knows the host key, with docker and compose v2 at hand', () => {
    const { status, stdout, stderr } = ssh(
      host.knownHosts,
      'hostname; docker info --format {{.Driver}}; docker compose version --short',
    )
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout).toMatch(new RegExp(`^${name}\noverlay2\n2\\.\\d+`))
  })

  it('is refused by a client that knows another host key', () => {
    const [first = '', second = ''] = host.knownHosts.trim().split('\n')
    expect(first).toContain(' ssh-ed25519 ')
    expect(second).toContain(' ssh-rsa ')
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(keys, 'stranger')])
    const other = readFileSync(join(keys, 'stranger.pub'), 'utf8').split(' ', 2).join(' ')
    expect(ssh(`${host.address} ${other}\n`, 'true')).toMatchObject({ status: 255, stdout: '' })
  })

  it('has the fingerprint that it tells', () => {
    const [line = ''] = host.knownHosts.split('\n')
    const shown = execFileSync('ssh-keygen', ['-l', '-f', '-'], { input: line, encoding: 'utf8' })
    expect(shown.split(' ')[1]).toBe(host.hostKeyFingerprint)
  })

  it('keeps the machine out of its files and its files out of the machine', async () => {
    const marks = ['/root', '/opt', '/tmp', '/etc', '/usr/local/bin', '/run'].map(
      (at) => `${at}/mark-of-${name}`,
    )
    await host.sh(`touch ${marks.join(' ')} && ls ${marks.join(' ')}`)
    expect(marks.filter((mark) => existsSync(mark))).toEqual([])
    expect(await host.sh('ls /root')).toBe(`mark-of-${name}\n`)
  })

  it('runs scripts with input, a code and a time limit', async () => {
    expect(await host.run('cat; echo no >&2; exit 3', { stdin: 'in' })).toEqual({
      code: 3,
      stdout: 'in',
      stderr: 'no\n',
    })
    expect(await host.run('sleep 60', { timeoutSeconds: 0.1 })).toMatchObject({ code: 137 })
    await expect(host.sh('echo why; exit 4')).rejects.toThrow(/ended with 4[\s\S]*why/)
  })

  it('reaps the orphans', async () => {
    const orphan = (await host.sh('sh -c "sleep 0.1 >/dev/null & echo \\$!"')).trim()
    await host.sh(`while [ -e /proc/${orphan} ]; do sleep 0.05; done`, { timeoutSeconds: 10 })
  })

  it('has base images that run', async () => {
    expect(await host.sh(`docker run --rm ${baseImages.busybox} uname`)).toBe('Linux\n')
    expect(await host.sh(`docker run --rm ${baseImages.node} node -p 40+2`)).toBe('42\n')
    const compose = 'docker run --rm -v /var/run/docker.sock:/var/run/docker.sock'
    expect(await host.sh(`${compose} ${baseImages.dockerClient} docker compose ls -q`)).toBe('')
  })

  it(
    'builds and pushes to its registry, and forgets the image',
    async () => {
      published = await publish(host, {
        dockerfile: `FROM ${baseImages.busybox}\nCOPY page /srv/index.html\nCMD ["httpd", "-f", "-h", "/srv"]\n`,
        files: { page: 'served' },
        reference: image(),
      })
      expect((await host.run(`docker image inspect ${published.imageId}`)).code).toBe(1)
    },
    minute,
  )

  it(
    'gives an image only to who logs in',
    async () => {
      expect((await host.run(`docker pull ${image()}`)).stderr).toContain('no basic auth credentials')
      const { address, username, password } = host.registry
      await host.sh(`docker login -u ${username} --password-stdin ${address}`, { stdin: password })
      await host.sh(`docker pull ${image()}`)
      expect(await host.sh(`docker image inspect -f '{{.Id}} {{index .RepoDigests 0}}' ${image()}`)).toBe(
        `${published.imageId} ${host.registry.address}/self-test@${published.digest}\n`,
      )
    },
    minute,
  )

  it(
    'runs containers on a network of their own, with ports that the machine reaches',
    async () => {
      await host.sh(`
      docker network create pages
      docker run --detach --name page --network pages --publish 8080:80 ${image()}
      docker run --rm --network pages ${baseImages.busybox} wget -q -O - http://page/ | grep served
    `)
      const answer = await fetch(`http://${host.address}:8080/`)
      expect(await answer.text()).toBe('served')
    },
    minute,
  )

  it(
    'is without a registry while that is stopped',
    async () => {
      await host.stopRegistry()
      expect((await host.run(`docker pull ${image()}`)).stderr).toContain('connection refused')
      await host.startRegistry()
      await host.sh(`docker pull ${image()}`)
    },
    minute,
  )

  it(
    'can be used by a process that did not start it, beside a second host',
    async () => {
      const second = await startPrivateHost({ name: `${name}-b`, log: silent })
      const attached = attachPrivateHost(JSON.parse(JSON.stringify(second.describe())))
      expect(await attached.sh('hostname')).toBe(`${name}-b\n`)
      expect(second.address).not.toBe(host.address)
      expect(await attached.sh('docker ps -aq; docker images -q')).toBe('')
      await attached.stop()
      expect((await second.run('hostname')).code).not.toBe(0)
    },
    minute,
  )

  it(
    'is gone with everything it had, however its owner ends',
    async () => {
      const program = `
      import { startPrivateHost } from ${JSON.stringify(join(import.meta.dirname, '../support/private-host/private-host.ts'))}
      const host = await startPrivateHost({ name: '${name}-c', log: () => {} })
      console.log(host.address)
      setInterval(() => {}, 1000)`
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGKILL'] as const) {
        const owner = spawn(process.execPath, ['--input-type=module', '--eval', program], {
          stdio: ['ignore', 'pipe', 'inherit'],
        })
        await new Promise((settle) => owner.stdout.once('data', settle))
        expect(traces(`${name}-c`)).not.toEqual([])
        const ended = new Promise((settle) => owner.once('exit', (_, endedBy) => settle(endedBy)))
        owner.kill(signal)
        expect(await ended).toBe(signal)
        // Nobody is left to wait for after a SIGKILL: the supervisor removes the host by itself.
        if (signal === 'SIGKILL') await until(() => traces(`${name}-c`).length === 0)
        expect(traces(`${name}-c`)).toEqual([])
      }
    },
    minute,
  )

  it(
    'leaves nothing when it is stopped',
    async () => {
      const link = networkLink(host)
      expect(linkExists(link)).toBe(true)
      const processes = (await host.sh('ps -eo pid=')).trim().split('\n').length
      expect(processes).toBeGreaterThan(5)
      await host.stop()
      expect(traces(name)).toEqual(before)
      expect(linkExists(link)).toBe(false)
      await host.stop()
    },
    minute,
  )
})

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((settle) => setTimeout(settle, 50))
}
