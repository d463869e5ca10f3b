/** Deployments that are judged by the example's own `full`, while its scheduler runs one at the same moment. */
import { beforeAll, describe, expect, it } from '@jest/globals'
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
const FULL = {
  variables: { CLOSED_LOOP_ACTION: 'full' },
  inputs: { 'state-files': 'data/models/active.json' },
}

let project: Project

beforeAll(async () => {
  const { release } = await prepareScenarios(host)
  project = await standing(host, await release('good'))
  await host.sh(`until sh '${project.runner}' full >/dev/null 2>&1; do sleep 0.2; done`)
}, 300_000)

const activeModel = () => host.sh(`cat '${project.projectDir}/data/models/active.json'`)

/** The scheduler's run by hand; gives its exit code. It waits while a deployment is at work, or is waited for. */
async function scheduledRun(): Promise<number> {
  const { code } = await host.run(
    'docker exec ai-trade-scheduler sh tools/closed_loop_runner.sh full >/tmp/scheduled 2>&1',
    { timeoutSeconds: 120 },
  )
  return code
}

describe('a deployment that is judged by full', () => {
  it('is promoted by a run of its own that has trained and judged', async () => {
    const { release } = await prepareScenarios(host)

    await using upgraded = await upgrade(host, project, await release('good', { tag: 'good-2' }), FULL)

    await expectUpgraded(upgraded, 'pass')
    await expectReportsOfRun(host, project, upgraded.run, { files: ALL_REPORTS })
    const [artifact] = upgraded.run.artifacts
    const { sections } = JSON.parse(artifact?.files.get('latest_closed_loop_report.json')?.toString() ?? '')
    expect(Object.keys(sections)).toEqual([
      ...['data_quality', 'baseline', 'integrator', 'registry', 'runtime'],
    ])
  })

  it('takes the model back with it where the gate does not accept what it found', async () => {
    const { release } = await prepareScenarios(host)
    // One that any training replaces.
    await host.sh(`cat >'${project.projectDir}/data/models/active.json'`, {
      stdin: '{"model_id":"m-elder","coefficients":[0.01,0,0,0]}',
    })
    const before = await activeModel()

    await using failed = await upgrade(host, project, await release('warnings'), FULL)

    await expectRolledBack(failed, { reason: 'gate.failed', gate: 'fail', fault: 'release' })
    const [artifact] = failed.run.artifacts
    const { sections } = JSON.parse(artifact?.files.get('latest_closed_loop_report.json')?.toString() ?? '')
    expect(sections.registry).toMatchObject({ activation: 'activated' })
    expect(await activeModel()).toBe(before)
  })

  it('ends as it should though the scheduler begins a run at the same moment', async () => {
    const { release } = await prepareScenarios(host)
    const scheduled = scheduledRun()

    await using failed = await upgrade(host, project, await release('critical'), FULL)

    await expectRolledBack(failed, { reason: 'gate.failed', gate: 'fail', fault: 'release' })
    // It had its turn before the deployment, or it was ended with the scheduler, which the deployment stops.
    expect([0, 1, 137, 143]).toContain(await scheduled)
    expect(await host.sh('docker ps --all --format {{.Names}} | grep -c ai-trade-research- || :')).toBe('0\n')
    expect(await host.sh(`cat '${project.reportRoot}/latest_run_meta.json'`)).not.toContain(
      failed.run.outputs['transaction-id'] ?? '',
    )
  })
})
