/** Deployments that are judged by the example's own `full`, while its scheduler runs one at the same moment. */
import { beforeAll, describe, expect, it } from '@jest/globals'
import { PHASES } from '../../src/model/phase.ts'
import { workerHost } from '../support/jest/worker-host.ts'
import type { Project } from '../support/releases/project.ts'
import {
  ALL_REPORTS,
  expectReportsOfRun,
  expectRolledBack,
  expectUpgraded,
  prepareScenarios,
  standing,
  upgrade,
} from '../support/scenario/scenario.ts'

const host = workerHost()
const FULL = { variables: { CLOSED_LOOP_ACTION: 'full' } }

let project: Project

beforeAll(async () => {
  const { release } = await prepareScenarios(host)
  project = await standing(host, await release('good'))
}, 300_000)

/** The scheduler's run by hand; gives its exit code. It waits while a deployment is at work. */
async function scheduledRun(): Promise<number> {
  const { code } = await host.run(
    'docker exec ai-trade-scheduler sh tools/closed_loop_runner.sh full >/tmp/scheduled 2>&1',
    { timeoutSeconds: 120 },
  )
  return code
}

describe('a deployment that is judged by full', () => {
  it('is rolled back as it should be, though the scheduler begins a run at the same moment', async () => {
    const { release } = await prepareScenarios(host)
    let scheduled: Promise<number> | undefined

    await using failed = await upgrade(host, project, await release('critical'), {
      ...FULL,
      onLine: (line) => {
        if (line.includes(`▶ ${PHASES.preflight.title}`)) scheduled ??= scheduledRun()
      },
    })

    await expectRolledBack(failed, { reason: 'gate.failed', gate: 'fail', fault: 'release' })
    // It had its turn before the deployment, or was ended with the scheduler, which a deployment stops.
    expect([0, 1, 137, 143]).toContain(await scheduled)
    await host.sh(
      'until [ -z "$(docker ps --all --quiet --filter name=ai-trade-research-)" ]; do sleep 0.2; done',
    )
    const latest = await host.run(`cat '${project.reportRoot}/latest_run_meta.json'`)
    expect(latest.stdout).not.toContain(failed.run.outputs['transaction-id'])
  })

  it('is promoted by a run of its own, and the model of that waits for the scheduler', async () => {
    const { release } = await prepareScenarios(host)
    const active = `${project.projectDir}/data/models/active.json`
    // One that any training replaces.
    const elder = '{"model_id":"m-elder","coefficients":[0.01,0,0,0]}'
    await host.sh(`mkdir -p '${project.projectDir}/data/models' && cat >'${active}'`, { stdin: elder })

    await using upgraded = await upgrade(host, project, await release('good', { tag: 'good-2' }), FULL)

    await expectUpgraded(upgraded, 'pass')
    await expectReportsOfRun(host, project, upgraded.run, { files: ALL_REPORTS })
    const [artifact] = upgraded.run.artifacts
    const { sections } = JSON.parse(artifact?.files.get('latest_closed_loop_report.json')?.toString() ?? '')
    expect(Object.keys(sections)).toEqual([
      ...['data_quality', 'baseline', 'integrator', 'registry', 'runtime'],
    ])
    expect(sections.registry).toMatchObject({ activation: 'kept', active_model_id: 'm-elder' })
    expect(await host.sh(`cat '${active}'`)).toBe(elder)

    expect(await scheduledRun()).toBe(0)
    expect(JSON.parse(await host.sh(`cat '${active}'`))).toMatchObject({
      ...{ model_id: sections.registry.model_id, previous_model_id: 'm-elder' },
    })
  })
})
