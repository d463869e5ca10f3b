import { beforeAll, describe, expect, it } from '@jest/globals'
import { casesOf } from '../support/jest/tiers.ts'
import { workerHost } from '../support/jest/worker-host.ts'
import type { Project } from '../support/releases/project.ts'
import type { Release } from '../support/releases/releases.ts'
import {
  type DeployRun,
  entering,
  expectNoSecret,
  expectNothingOfOursLeft,
  expectSameAsBefore,
  expectUntouched,
  type HostState,
  hostState,
  type LogMoment,
  postOf,
  prepareScenarios,
  saying,
  standing,
  upgrade,
} from '../support/scenario/scenario.ts'

const host = workerHost()
let project: Project
let good: Release
let critical: Release

// Every test here leaves the host as it found it: one standing stack is enough for all.
beforeAll(async () => {
  const { release } = await prepareScenarios(host)
  good = await release('good', { tag: 'good-2' })
  critical = await release('critical')
  project = await standing(host, await release('good'))
}, 300_000)

/** Cancels a deployment with the runner's signals, looks at the host, runs the post step, and looks again. */
async function cancelled(release: Release, when: LogMoment, how: 'cancel' | 'kill' = 'cancel') {
  const step = await upgrade(host, project, release, { cancel: { how, when } })
  const post = await postOf(step.run)
  return { ...step, post, settled: await hostState(host) }
}

type Cancelled = Awaited<ReturnType<typeof cancelled>>

/** The step was cancelled as asked, ended in time, claimed nothing that was not so, and saved no secret. */
async function expectStopped({ run, post }: Cancelled, signals: readonly string[]): Promise<void> {
  expect(run.cancelled).toMatchObject({ kind: 'sent', signals })
  if (run.cancelled.kind === 'sent') expect(run.cancelled.endedAfterMilliseconds).toBeLessThan(5000)
  expect(run.conclusion).toBe('cancelled')
  for (const secret of run.secrets.flatMap((text) => text.split('\n')).filter((line) => line !== ''))
    expect(JSON.stringify(run.state)).not.toContain(secret)
  for (const part of [run, post]) await expectNoSecret(part, project.canaries, host)
}

function expectSettled({ before, settled, post }: Cancelled, outcome: string): void {
  expectSameAsBefore(before, settled)
  expect({ log: post.log, outcome: post.outputs.outcome }).toEqual({ log: post.log, outcome })
  expect(post.conclusion).toBe('success')
  expect(post.diagnostics).toHaveLength(1)
}

const BEFORE_THE_BOUNDARY: readonly (readonly [name: string, when: LogMoment])[] = [
  ['the images are pulled', entering('prefetch')],
  ...casesOf('all', [
    ['the host is looked at', entering('preflight')],
    ['what runs is recorded', entering('snapshot')],
  ] as const),
]

describe('a run that is cancelled before anything changed', () => {
  it.each(BEFORE_THE_BOUNDARY)('while %s: unchanged, and nothing is left', async (_, when) => {
    const stopped = await cancelled(good, when)
    await using _run = stopped.run

    expectUntouched(stopped.before, stopped.settled)
    expect(stopped.run.outputs).toMatchObject({ outcome: 'unchanged', reason: 'step.cancelled' })
    await expectStopped(stopped, ['SIGINT'])
    expect(stopped.post.conclusion).toBe('success')
    expect(stopped.post.log).toMatch(/Nothing to do|This deployment changed nothing that serves/)
  })

  it('while it waits for its turn: unchanged, and the lock stays with its holder', async () => {
    const hostProgram = `sh '${project.projectDir}/.closed-loop/host.sh'`
    await host.sh(`${hostProgram} hold 'maintenance of the exchange'`)
    try {
      const stopped = await cancelled(good, saying('maintenance of the exchange'))
      await using _run = stopped.run

      const { before, settled } = stopped
      expect(settled.locks).toEqual(before.locks)
      expectUntouched({ ...before, locks: [] }, { ...settled, locks: [] })
      expect(stopped.run.outputs).toMatchObject({ outcome: 'unchanged', reason: 'step.cancelled' })
      await expectStopped(stopped, ['SIGINT'])
    } finally {
      await host.sh(`${hostProgram} release`)
    }
  })
})

const PAST_THE_BOUNDARY: readonly (readonly [name: string, when: LogMoment])[] = [
  ['a container is replaced', saying('Recreate')],
  ['the scheduler comes back', saying('ai-trade-scheduler  Start')],
  ...casesOf('all', [
    ['the host begins to change', saying('From here on the host changes')],
    ['the evidence comes in', entering('evidence')],
    ['the runner assesses', saying('closed loop assess started')],
  ] as const),
]

describe('a run that is cancelled past the boundary', () => {
  it.each(PAST_THE_BOUNDARY)('while %s: the post step puts back what ran before', async (_, when) => {
    const stopped = await cancelled(good, when)
    await using _run = stopped.run

    expectSettled(stopped, 'rolled_back')
    expect(stopped.run.outputs).toMatchObject({ outcome: 'unknown', reason: 'step.cancelled' })
    await expectStopped(stopped, ['SIGINT'])
    expect(stopped.post.errors[0]?.message).toContain('What ran before runs again')
  })

  it('while a bad release is put back: the rollback is finished', async () => {
    const stopped = await cancelled(critical, entering('rollback'))
    await using _run = stopped.run

    expectSettled(stopped, 'rolled_back')
    await expectStopped(stopped, ['SIGINT'])
  })
})

describe('a step that is killed without a signal that it could hear', () => {
  it('leaves it to the post step, which has the last words of what it took away', async () => {
    const stopped = await cancelled(critical, saying('closed loop assess started'), 'kill')
    await using _run = stopped.run

    expectSettled(stopped, 'rolled_back')
    expect(stopped.run.outputs).toEqual({})
    const { post } = stopped
    expect(post.errors[0]?.message).toContain('killed before the deployment had an end')
    await expectNoSecret(post, project.canaries, host)
    const [artifact] = post.diagnostics
    expect(artifact?.name).toMatch(new RegExp(`-${stopped.run.state.transaction}-diagnostics$`))
    expect(post.summary).toContain(`artifacts/${artifact?.id}`)
    const diagnosed = (file: string) => artifact?.files.get(file)?.toString() ?? ''
    expect(diagnosed('logs-ai-trade.txt')).toContain('CRITICAL')
    const [before = '', now = ''] = diagnosed('containers.txt').split('-- now --')
    expect(before).toContain(critical.imageId)
    expect(now).not.toContain(critical.imageId)
    expect(diagnosed('job-assess.txt')).toContain('closed loop assess started')
    expect(diagnosed('reports.txt')).toContain('The post step ended this deployment')
  })
})

describe('a run that is cancelled once the release is confirmed', () => {
  it('stays promoted, and the post step says that there is nothing to do', async () => {
    const stopped = await cancelled(good, entering('reports'))
    await using run: DeployRun = stopped.run

    expect(run.outputs).toMatchObject({ outcome: 'promoted' })
    expect(run.state.outcome).toBe('promoted')
    expect(stopped.post.log).toContain('Nothing to do')
    const running: HostState['containers'] = stopped.settled.containers
    expect(running['ai-trade']).toMatchObject({ imageId: good.imageId, state: 'running', health: 'healthy' })
    expect(stopped.settled.locks).toEqual([])
    expectNothingOfOursLeft({ ...stopped.settled, tags: {} })
  })
})
