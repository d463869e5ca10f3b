import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from '@jest/globals'
import { workerHost } from '../support/jest/worker-host.ts'
import { laidOut, prepareScenarios, upgrade } from '../support/scenario/scenario.ts'
import { expectNeverThere, expectUnchanged } from '../support/scenario/unchanged.ts'

const host = workerHost()

/** A key pair of nobody: the private key, and the public one without its comment. */
function strangerKey(): { readonly privateKey: string; readonly publicKey: string } {
  const directory = mkdtempSync(join(tmpdir(), 'stranger-'))
  try {
    const path = join(directory, 'key')
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', path])
    const publicKey = readFileSync(`${path}.pub`, 'utf8').trim()
    return { privateKey: readFileSync(path, 'utf8'), publicKey }
  } finally {
    rmSync(directory, { recursive: true })
  }
}

/** How often sshd has seen somebody try to log in. */
async function loginAttempts(): Promise<number> {
  const count = await host.sh(
    `grep -c -e 'Accepted' -e 'Failed' -e 'preauth.*authenticating user' /var/log/private-host/sshd.log || :`,
  )
  return Number(count)
}

/** A project with nothing running: none of these deployments comes as far as to look at it. */
async function prepared() {
  const { release } = await prepareScenarios(host)
  const good = await release('good')
  return { good, project: await laidOut(host, good) }
}

describe('a host key', () => {
  it('that is not known is refused before the login, and the line that is printed makes it known', async () => {
    const { good, project } = await prepared()
    const attempts = await loginAttempts()

    await using refused = await upgrade(host, project, good, { inputs: { 'known-hosts': '' } })

    await expectUnchanged(refused, { reason: 'ssh.host_key_unknown', fault: 'configuration' })
    await expectNeverThere(refused)
    expect(await loginAttempts()).toBe(attempts)
    const message = refused.run.errors[0]?.message ?? ''
    expect(message).toContain('Nothing was sent to it')
    const [acceptLine = ''] = /^ *\S+ (ssh-ed25519|ssh-rsa) \S+$/m.exec(message) ?? []
    expect(host.knownHosts).toContain(acceptLine.trim())

    await using accepted = await upgrade(host, project, good, {
      inputs: { 'known-hosts': acceptLine.trim(), image: `${good.reference}-not-there` },
    })
    // As far as the registry, which is far enough.
    expect(accepted.run.outputs).toMatchObject({ outcome: 'unchanged', reason: 'prefetch.pull_failed' })
  })

  it('that is another than the known one is refused before the login', async () => {
    const { good, project } = await prepared()
    const attempts = await loginAttempts()

    await using refused = await upgrade(host, project, good, {
      inputs: { 'known-hosts': `${host.address} ${strangerKey().publicKey}` },
    })

    await expectUnchanged(refused, { reason: 'ssh.host_key_changed', fault: 'environment' })
    await expectNeverThere(refused)
    expect(await loginAttempts()).toBe(attempts)
    expect(refused.run.errors[0]?.message).toContain(host.hostKeyFingerprint)
  })

  it('can be known by its fingerprint alone', async () => {
    const { good, project } = await prepared()

    await using accepted = await upgrade(host, project, good, {
      inputs: {
        'known-hosts': '',
        'host-fingerprint': host.hostKeyFingerprint,
        image: `${good.reference}-not-there`,
      },
    })

    expect(accepted.run.outputs).toMatchObject({ outcome: 'unchanged', reason: 'prefetch.pull_failed' })
  })
})

describe('a login that fails', () => {
  it('is told apart: the host refuses the key', async () => {
    const { good, project } = await prepared()
    const { privateKey } = strangerKey()

    await using refused = await upgrade(host, project, good, { inputs: { 'private-key': privateKey } })

    await expectUnchanged(refused, { reason: 'ssh.authentication_failed', fault: 'configuration' })
    await expectNeverThere(refused)
    expect(refused.run.errors[0]?.message).toContain('authorized_keys')
    const body = privateKey.split('\n').slice(1, -2)
    for (const line of body) expect(refused.run.rawLog.replace(/^::add-mask::.*$/gm, '')).not.toContain(line)
  })

  it('is told apart: the key is none', async () => {
    const { good, project } = await prepared()

    await using refused = await upgrade(host, project, good, {
      inputs: { 'private-key': strangerKey().publicKey },
    })

    expect(refused.run.outputs).toMatchObject({
      outcome: 'unchanged',
      reason: 'ssh.private_key_unusable',
      fault: 'configuration',
    })
    expect(refused.run.errors[0]?.message).toContain('public half')
    await expectNeverThere(refused)
  })
})

describe('a host that cannot be reached', () => {
  const drop = 'INPUT --protocol tcp --dport 22 --jump DROP'
  afterEach(() => host.sh(`while iptables --delete ${drop} 2>/dev/null; do :; done`))

  it('does not answer', async () => {
    const { good, project } = await prepared()
    await host.sh(`iptables --insert ${drop}`)

    await using failed = await upgrade(host, project, good)

    await expectUnchanged(failed, { reason: 'ssh.unreachable', fault: 'environment' })
    await expectNeverThere(failed)
    expect(failed.run.errors[0]?.message).toContain('it does not answer')
  })

  it('has its port closed', async () => {
    const { good, project } = await prepared()

    await using failed = await upgrade(host, project, good, {
      inputs: {
        port: '2222',
        'known-hosts': host.knownHosts.replaceAll(host.address, `[${host.address}]:2222`),
      },
    })

    await expectUnchanged(failed, { reason: 'ssh.unreachable', fault: 'environment' })
    await expectNeverThere(failed)
    expect(failed.run.errors[0]?.message).toContain('the port is closed')
  })
})
