import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { casesOf, itOf } from '../support/jest/tiers.ts'
import { workerHost } from '../support/jest/worker-host.ts'
import { startFurtherSshd } from '../support/private-host/further-sshd.ts'
import type { Project } from '../support/releases/project.ts'
import type { Release } from '../support/releases/releases.ts'
import { type FrailWire, frailWire } from '../support/scenario/frail-wire.ts'
import {
  entering,
  expectRolledBack,
  expectSameAsBefore,
  expectUpgraded,
  type HostState,
  hostState,
  type LogMoment,
  postOf,
  prepareScenarios,
  runsOnHost,
  saying,
  standing,
  upgrade,
} from '../support/scenario/scenario.ts'

const host = workerHost()
let project: Project
let first: Release
let good: Release
let critical: Release
let wire: FrailWire

beforeAll(async () => {
  const { release } = await prepareScenarios(host)
  first = await release('good')
  good = await release('good', { tag: 'good-2' })
  critical = await release('critical')
}, 300_000)

beforeEach(async () => {
  project = await standing(host, first)
  wire = await frailWire(host)
})
afterEach(async () => {
  await wire[Symbol.asyncDispose]()
})

const LOST = saying('The connection to the host was lost')
const BACK = saying('Reconnected after')

/** Does something once at each of these moments. */
function at(moments: readonly LogMoment[], action: () => void): (line: string) => void {
  const left = new Set(moments)
  return (line) => {
    for (const moment of [...left].filter((isNow) => isNow(line))) {
      left.delete(moment)
      action()
    }
  }
}

/** A deployment over the wire, and how often the host made containers and ran the runner in it. */
async function deployed(
  release: Release,
  onLine: (line: string) => void,
  inputs: Readonly<Record<string, string>> = {},
) {
  const runs = await runsOnHost(host, project)
  const since = (await host.sh('date +%s')).trim()
  const ended = await upgrade(host, project, release, { inputs: { ...wire.inputs, ...inputs }, onLine })
  const created = await host.sh(
    `docker events --since '${since}' --until "$(($(date +%s) + 1))" --filter type=container --filter event=create \\
  --format '{{.Actor.Attributes.name}}'`,
  )
  const lines = ended.run.log.split('\n')
  return {
    ended,
    /** How often a container of the judged service was made; Compose names a new one `<12 digits>_NAME` first. */
    created: created.split('\n').filter((name) => /^([0-9a-f]{12}_)?ai-trade$/.test(name)).length,
    runnerRuns: (await runsOnHost(host, project)).length - runs.length,
    lost: lines.filter(LOST).length,
    back: lines.filter(BACK).length,
  }
}

const ALL_THE_WAY: readonly LogMoment[] = [
  entering('prefetch'),
  saying('Recreate'),
  entering('evidence'),
  saying('closed loop assess started'),
  entering('confirm'),
  saying('ai-trade-scheduler  Start'),
]

describe('a connection that is reset', () => {
  it('again and again: the good release is promoted, by one run of everything', async () => {
    const { ended, ...counts } = await deployed(
      good,
      at(ALL_THE_WAY, () => wire.cut()),
    )
    await using upgraded = ended

    await expectUpgraded(upgraded, 'pass')
    expect(counts).toMatchObject({ created: 1, runnerRuns: 1 })
    expect(counts.lost).toBeGreaterThanOrEqual(ALL_THE_WAY.length - 1)
    expect(counts.back).toBe(counts.lost)
  })

  itOf('all')(
    'while a bad release is judged and put back: rolled back, by one run of everything',
    async () => {
      const moments = [saying('closed loop assess started'), entering('rollback'), saying('Recreate')]
      const { ended, ...counts } = await deployed(
        critical,
        at(moments, () => wire.cut()),
      )
      await using upgraded = ended

      await expectRolledBack(upgraded, { reason: 'gate.failed', gate: 'fail', fault: 'release' })
      expect(counts).toMatchObject({ created: 2, runnerRuns: 1 })
      expect(counts.lost).toBeGreaterThanOrEqual(2)
    },
  )
})

describe('a connection that falls silent', () => {
  it.each<[string, LogMoment]>([
    ['a container is replaced', saying('Recreate')],
    ...casesOf<[string, LogMoment]>('all', [['the evidence comes in', entering('evidence')]]),
  ])('while %s: found within the lease, and the good release is promoted', async (_, when) => {
    const fallSilent = at([when], () => wire.silence())
    const { ended, ...counts } = await deployed(
      good,
      (line) => {
        fallSilent(line)
        if (LOST(line)) wire.heal()
      },
      { lease: '15s' },
    )
    await using upgraded = ended

    await expectUpgraded(upgraded, 'pass')
    expect(counts).toMatchObject({ created: 1, runnerRuns: 1, lost: 1, back: 1 })
  })
})

describe('a bastion whose connections are reset', () => {
  it('is gone through again: the good release is promoted', async () => {
    const inner = await startFurtherSshd(host, { name: 'inner', address: '127.0.0.1', port: 2222 })
    try {
      const throughBastion = {
        host: '127.0.0.1',
        port: '2222',
        'private-key': inner.clientKey,
        'known-hosts': inner.knownHosts,
        'bastion-host': wire.inputs.host,
        'bastion-port': wire.inputs.port,
        'bastion-private-key': host.clientKey,
        'bastion-known-hosts': wire.inputs['known-hosts'],
      }
      const { ended, ...counts } = await deployed(
        good,
        at([saying('Recreate')], () => wire.cut()),
        throughBastion,
      )
      await using upgraded = ended

      await expectUpgraded(upgraded, 'pass')
      expect(counts).toMatchObject({ created: 1, runnerRuns: 1, lost: 1, back: 1 })
    } finally {
      await inner.stop()
    }
  })
})

describe('a host that shows another key when it is connected to again', () => {
  it('is not spoken to: unknown at once, and the key is named', async () => {
    const other = await startFurtherSshd(host, { name: 'other', address: host.address, port: 2223 })
    try {
      const { ended, lost, back } = await deployed(
        good,
        at([saying('Recreate')], () => wire.leadTo({ ...host, sshPort: 2223 })),
      )
      await using upgraded = ended

      expect(upgraded.run.outputs).toMatchObject({ outcome: 'unknown', reason: 'ssh.host_key_changed' })
      // The first one, that of the checks beside it, and the one that was refused.
      expect({ lost, back, connections: wire.connections() }).toEqual({ lost: 1, back: 0, connections: 3 })
      wire.leadTo(host)
      expect((await postOf(upgraded.run)).outputs.outcome).toBe('rolled_back')
      expectSameAsBefore(upgraded.before, await hostState(host))
    } finally {
      await other.stop()
    }
  })
})

describe('an sshd that is restarted', () => {
  itOf('all')('with every session of it: the good release is promoted', async () => {
    let restarted: Promise<unknown> | undefined
    const { ended, ...counts } = await deployed(
      good,
      at([saying('Recreate')], () => {
        restarted = restartSshd()
      }),
    )
    await using upgraded = ended

    await restarted
    await expectUpgraded(upgraded, 'pass')
    expect(counts).toMatchObject({ created: 1, runnerRuns: 1, lost: 1, back: 1 })
  })
})

describe('a connection that does not come back within the lease', () => {
  itOf('all')('before the boundary: unchanged', async () => {
    const { ended } = await deployed(
      good,
      at([entering('prefetch')], () => wire.breakDown()),
      { lease: '15s' },
    )
    await using upgraded = ended

    expect(upgraded.run.outputs).toMatchObject({ outcome: 'unchanged', reason: 'ssh.not_regained' })
    expect(boots(upgraded.after)).toEqual(boots(upgraded.before))
    expect(upgraded.after.envFile).toEqual(upgraded.before.envFile)
  })

  it('past the boundary: unknown, and the post step says how it ended', async () => {
    const { ended } = await deployed(
      good,
      at([saying('Recreate')], () => wire.breakDown()),
      { lease: '15s' },
    )
    await using upgraded = ended

    expect(upgraded.run.outputs).toMatchObject({ outcome: 'unknown', reason: 'ssh.not_regained' })
    wire.heal()
    const post = await postOf(upgraded.run)
    expect(post.outputs.outcome).toBe('rolled_back')
    // The guard ended it, and sees within a second that nothing is left to do.
    await host.sh(`while pgrep -f '[.]closed-loop/bin/' >/dev/null; do sleep 0.1; done`)
    expectSameAsBefore(upgraded.before, await hostState(host))
  })
})

function boots({ containers }: HostState): readonly string[] {
  return Object.values(containers)
    .filter(({ service }) => service !== '')
    .map(({ name, id, startedAt }) => `${name} ${id} ${startedAt}`)
    .toSorted()
}

/** Kills the host's sshd with all its sessions, and starts it again. */
async function restartSshd(): Promise<void> {
  await host.sh(`
read -r listener </run/private-host-sshd.pid
pkill -KILL --parent "$listener" || :
sh /etc/private-host/host.sh stop sshd
sh /etc/private-host/host.sh start sshd`)
}
