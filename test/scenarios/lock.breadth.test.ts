import { spawnSync } from 'node:child_process'
import { describe, expect, it } from '@jest/globals'
import { PHASES } from '../../src/model/phase.ts'
import { workerHost } from '../support/jest/worker-host.ts'
import type { PrivateHost } from '../support/private-host/private-host.ts'
import type { Release } from '../support/releases/releases.ts'
import {
  deployRelease,
  expectTruthful,
  expectUpgraded,
  hostState,
  prepareScenarios,
  standing,
  type Upgrade,
  upgrade,
} from '../support/scenario/scenario.ts'

const HOST_PROGRAM = '/opt/ai-trade/.closed-loop/host.sh'
const SHORT_LEASE = { lease: '15s' }

/** How often the log says that a phase began. */
function times(log: string, phase: keyof typeof PHASES): number {
  return log.split(`▶ ${PHASES[phase].title}`).length - 1
}

/** Nothing runs, or is called, otherwise than before; and the step says that. */
function expectLeftAlone({ before, after, run, release }: Upgrade, reason: string): void {
  expect(after.containers).toEqual(before.containers)
  expect(after.tags).toEqual(before.tags)
  expect(after.files).toEqual(before.files)
  expect({ processes: after.processes, temporaries: after.temporaries }).toEqual({
    processes: [],
    temporaries: [],
  })
  // What is said of before comes from the snapshot, which none of these took.
  const told = (state: typeof before) => ({ ...state, containers: {} })
  expectTruthful(
    run,
    { outcome: 'unchanged', reason, gate: 'not_run', fault: 'environment' },
    { before: told(before), after: told(after), release },
  )
}

async function expectRuns(host: PrivateHost, { reference, imageId }: Release): Promise<void> {
  const { containers, tags, envFile, processes } = await hostState(host)
  for (const name of ['ai-trade', 'ai-trade-watchdog'])
    expect(containers[name]).toMatchObject({ imageId, reference, state: 'running' })
  expect(containers['ai-trade']).toMatchObject({ health: 'healthy' })
  expect(tags[reference]).toBe(imageId)
  expect(envFile.bytes.toString()).toContain(`AI_TRADE_IMAGE=${reference}\n`)
  expect(processes).toEqual([])
  expect(await host.sh(`sh ${HOST_PROGRAM} status`)).toContain('The project is free.')
}

/** The action that this process has started last. */
function actionProcess(): number {
  const found = spawnSync('pgrep', ['--newest', '-P', String(process.pid), '-f', 'dist/main.cjs'], {
    encoding: 'utf8',
  })
  const pid = Number(found.stdout.trim())
  expect(pid).toBeGreaterThan(1)
  return pid
}

describe('the lock of a project', () => {
  it('has deployments, commands and people take turns, and an older run give way to a newer one', async () => {
    const host = workerHost()
    const { release } = await prepareScenarios(host)
    const project = await standing(host, await release('good'))
    const [older, newer] = [
      await release('good', { tag: 'good-2' }),
      await release('good', { tag: 'good-3' }),
    ]

    // Two at the same moment: whichever comes first, the newer one is in service at the end.
    await using first = await deployTwo(host, [older, newer])
    const [of41, of42] = first.runs
    expect({ log: of42.log, outcome: of42.outputs.outcome }).toEqual({ log: of42.log, outcome: 'promoted' })
    const waited = times(of42.log, 'preflight') === 2 ? of42 : of41
    expect(waited.log).toMatch(
      /The project is in use by deployment [0-9a-f]{16} of octo-org\/ai-trade \(https:\/\/github.com\/octo-org\/ai-trade\/actions\/runs\/4242424242, attempt 1, started by octocat\) from \/opt\/ai-trade, since \d{4}/,
    )
    if (waited === of42) expect(of41.outputs).toMatchObject({ outcome: 'promoted' })
    else expect(of41.outputs).toMatchObject({ outcome: 'unchanged', reason: 'lock.superseded' })
    await expectRuns(host, newer)

    await host.sh(`sh ${HOST_PROGRAM} hold 'moving the disks'`)
    await using held = await upgrade(host, project, older, { inputs: { 'lock-timeout': '3s' } })
    expectLeftAlone(held, 'lock.busy')
    for (const words of ['a hold of root ("moving the disks")', 'host.sh release'])
      expect(held.run.errors[0]?.message).toContain(words)
    // The scheduler's container has other tools, and the same lock.
    const inScheduler = (command: string) => host.run(`docker exec ai-trade-scheduler sh ${command}`)
    const refused = await inScheduler('.closed-loop/host.sh with-lock --wait 0 true')
    expect(refused).toMatchObject({ code: 75, stderr: expect.stringContaining('moving the disks') })
    await host.sh(`sh ${HOST_PROGRAM} release`)
    expect(await inScheduler('tools/closed_loop_runner.sh assess')).toMatchObject({ code: 0 })
    expect(await host.sh('cat /opt/ai-trade/.closed-loop/lock/*')).toContain(
      'sh tools/closed_loop_runner.sh assess --compose-file',
    )

    await using late = await upgrade(host, project, older, { env: { GITHUB_RUN_NUMBER: '41' } })
    expectLeftAlone(late, 'lock.superseded')
    expect(late.run.errors[0]?.message).toContain('number 42')

    // Somebody runs it again on purpose, while cron is at work.
    const command = 'until [ -e /tmp/go ]; do sleep 0.1; done'
    const cron = host.sh(`rm -f /tmp/go; sh ${HOST_PROGRAM} with-lock sh -c '${command}'`)
    await host.sh(`until sh ${HOST_PROGRAM} status | grep -q 'the command "sh -c until'; do sleep 0.1; done`)
    const said = `The project is in use by the command "sh -c ${command}" of root`
    await using again = await upgrade(host, project, older, {
      env: { GITHUB_RUN_NUMBER: '41', GITHUB_RUN_ATTEMPT: '2' },
      onLine: (line) => {
        if (line.includes(said)) void host.sh('touch /tmp/go')
      },
    })
    await cron
    await expectUpgraded(again, 'pass')
    expect(again.run.log).toContain(said)
    expect(times(again.run.log, 'preflight')).toBe(2)
  }, 400_000)

  it('is lost by a client that slept for longer than its lease, which then changes nothing', async () => {
    const host = workerHost()
    const { release } = await prepareScenarios(host)
    const project = await standing(host, await release('good'))
    const [slow, quick] = [await release('good', { tag: 'good-2' }), await release('good', { tag: 'good-3' })]
    const asleep = Promise.withResolvers<number>()

    const sleeping = deployRelease(host, {
      image: slow,
      inputs: SHORT_LEASE,
      timeoutSeconds: 300,
      onLine: (line) => {
        if (!line.includes(`▶ ${PHASES.prefetch.title}`)) return
        const pid = actionProcess()
        process.kill(pid, 'SIGSTOP')
        asleep.resolve(pid)
      },
    })
    const pid = await asleep.promise
    await using passing = await upgrade(host, project, quick).finally(() => process.kill(pid, 'SIGCONT'))
    await using woken = await sleeping

    await expectRuns(host, quick)
    expect(passing.run.outputs).toMatchObject({ outcome: 'promoted' })
    expect(passing.run.log).toContain('The project is in use by deployment')
    expect(woken.outputs).toMatchObject({ outcome: 'unchanged', reason: 'lock.lost', 'rolled-back': 'false' })
    expect(woken.exitCode).toBe(1)
    expect(woken.errors).toHaveLength(1)
    const state = `/opt/ai-trade/.closed-loop/transactions/${woken.outputs['transaction-id']}/state`
    expect(await host.sh(`cat ${state}`)).toBe('unchanged\n')
  }, 400_000)
})

/** Deploys both at the same moment, as runs 41 and 42 of one workflow. */
async function deployTwo(host: PrivateHost, images: readonly [Release, Release]) {
  const [older, newer] = images
  const runs = await Promise.all([
    deployRelease(host, { image: older, env: { GITHUB_RUN_NUMBER: '41' } }),
    deployRelease(host, { image: newer, env: { GITHUB_RUN_NUMBER: '42' } }),
  ])
  return {
    runs,
    [Symbol.asyncDispose]: async () => {
      for (const run of runs) await run[Symbol.asyncDispose]()
    },
  }
}
