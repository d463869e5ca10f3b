import { describe, expect, it } from '@jest/globals'
import { restartDockerd } from '../faults/faults.ts'
import { casesOf } from '../support/jest/tiers.ts'
import { workerHost } from '../support/jest/worker-host.ts'
import type { Project } from '../support/releases/project.ts'
import { besides, meanwhileIn } from '../support/scenario/meanwhile.ts'
import {
  expectRolledBack,
  prepareScenarios,
  standing,
  type Upgrade,
  upgrade,
} from '../support/scenario/scenario.ts'

const host = workerHost()

/** Deploys a good release over a good one, and does something on the host while the gate waits. */
async function deployWhile(does: (project: Project) => Promise<unknown>): Promise<Upgrade> {
  const { release } = await prepareScenarios(host)
  const next = await release('good', { tag: 'good-2' })
  const project = await standing(host, await release('good'))
  const meanwhile = meanwhileIn('evidence', () => does(project))
  const deployment = upgrade(host, project, next, {
    onLine: meanwhile.onLine,
    // More than it logs meanwhile.
    variables: { CLOSED_LOOP_MIN_RUNTIME_STATUS: '10000' },
  })
  return besides(deployment, meanwhile)
}

describe('a judged container that somebody else ends while the gate waits', () => {
  it.each<readonly [how: string, does: (project: Project) => Promise<unknown>]>([
    ...casesOf<readonly [how: string, does: (project: Project) => Promise<unknown>]>('all', [
      ['restarts', () => host.sh('docker restart --time 1 ai-trade')],
      ['kills', () => host.sh('docker kill ai-trade')],
    ]),
    [
      'recreates with Compose',
      ({ projectDir, envFile }) =>
        host.sh(
          `cd '${projectDir}' && docker compose --env-file '${envFile}' --file docker-compose.prod.yml up --detach --no-deps --force-recreate ai-trade`,
        ),
    ],
  ])('%s: nothing was measured, and nobody calls it the fault of the release', async (_how, does) => {
    await using failed = await deployWhile(does)

    await expectRolledBack(failed, { reason: 'health.lost', gate: 'error', fault: 'environment' })
    expect(failed.run.errors[0]?.message).toContain('Find out what else manages the containers')
  })

  it('with dockerd: that is not the fault of the release either', async () => {
    await using failed = await deployWhile(() => restartDockerd(host))

    // All containers end with it, and the first that is seen to is named: the judged one, or another.
    const gate = failed.run.errors[0]?.message.includes('ai-trade (container ai-trade)') ? 'error' : 'not_run'
    await expectRolledBack(failed, { reason: 'health.lost', gate, fault: 'environment' })
  })
})
