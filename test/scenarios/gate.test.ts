import { describe, expect, it } from '@jest/globals'
import { itOf } from '../support/jest/tiers.ts'
import { workerHost } from '../support/jest/worker-host.ts'
import { moveTag } from '../support/scenario/registry-tag.ts'
import {
  ALL_REPORTS,
  assessByHand,
  expectReportsOfRun,
  expectRolledBack,
  expectUpgraded,
  prepareScenarios,
  standing,
  upgrade,
  upgradeGood,
} from '../support/scenario/scenario.ts'

const FAILED = { reason: 'gate.failed', gate: 'fail', fault: 'release' } as const

describe('a release that the closed loop measures as bad', () => {
  it('is rolled back on a CRITICAL, judged by this run and not by the PASS of an earlier one, and its tag means the old image again', async () => {
    const host = workerHost()
    const { release } = await prepareScenarios(host)
    // One tag, which the registry moves in between.
    const good = await moveTag(host, 'latest', await release('good'))
    const project = await standing(host, good)
    const passed = await assessByHand(host, project)
    const moved = await moveTag(host, 'latest', await release('critical'))

    await using failed = await upgrade(host, project, moved)

    await expectRolledBack(failed, FAILED)
    expect(failed.after.containers['ai-trade']?.imageId).toBe(good.imageId)
    expect(failed.after.tags[moved.reference]).toBe(good.imageId)
    const { run } = failed
    // The runner stops before it writes these on a FAIL: they still are the run by hand.
    const latest = JSON.parse(await host.sh(`cat '${project.reportRoot}/latest_run_meta.json'`))
    expect(latest).toMatchObject({ run_id: passed, overall_status: 'PASS' })
    await expectReportsOfRun(host, project, run, {
      files: ['latest_runtime_assess.json'],
      earlierRuns: [passed],
    })
    const [artifact] = run.artifacts
    const assessed = artifact?.files.get('latest_runtime_assess.json')?.toString() ?? '{}'
    expect(JSON.parse(assessed)).toMatchObject({ verdict: 'FAIL' })
    expect(run.outputs).toMatchObject({ verdict: 'FAIL', 'overall-status': '' })
    // Normal for this runner: no warning, but named once.
    expect(run.warnings.map(({ message }) => message).join('\n')).not.toContain('latest_')
    for (const file of ['latest_closed_loop_report.json', 'latest_run_meta.json'])
      expect(run.summary).toContain(file.replaceAll('_', '&#95;'))
  })

  itOf('all')('is rolled back when it halts its trading too often', async () => {
    const host = workerHost()
    const { release } = await prepareScenarios(host)

    await using failed = await upgradeGood(host, await release('halted'))

    await expectRolledBack(failed, FAILED)
    expect(failed.run.outputs).toMatchObject({ verdict: 'FAIL' })
    await expectReportsOfRun(host, failed.project, failed.run, { files: ['latest_runtime_assess.json'] })
  })

  itOf('ci')('is promoted with a warning when CLOSED_LOOP_ENFORCE is false', async () => {
    const host = workerHost()
    const { release } = await prepareScenarios(host)

    await using upgraded = await upgradeGood(host, await release('critical'), {
      variables: { CLOSED_LOOP_ENFORCE: 'false' },
    })

    await expectUpgraded(upgraded, 'fail')
    const { run, project } = upgraded
    expect(run.outputs).toMatchObject({ verdict: 'FAIL' })
    expect(run.warnings.map(({ message }) => message).join('\n')).toContain('CLOSED_LOOP_ENFORCE is false')
    expect(run.notices[0]?.title).toBe('The release is in service without a passed gate')
    expect(run.summary).toContain('the release would have been rolled back')
    await expectReportsOfRun(host, project, run, { files: ['latest_runtime_assess.json'] })
  })
})

describe('a release that passes with warnings', () => {
  itOf('ci')('is rolled back where the gate is strict', async () => {
    const host = workerHost()
    const { release } = await prepareScenarios(host)

    await using failed = await upgradeGood(host, await release('warnings'))

    await expectRolledBack(failed, FAILED)
    const { run, project } = failed
    expect(run.outputs).toMatchObject({
      verdict: 'PASS_WITH_ACTIONS',
      'overall-status': 'PASS_WITH_ACTIONS',
    })
    await expectReportsOfRun(host, project, run, { files: ALL_REPORTS })
  })

  itOf('ci')('is promoted with a warning where it is not', async () => {
    const host = workerHost()
    const { release } = await prepareScenarios(host)

    await using upgraded = await upgradeGood(host, await release('warnings'), {
      variables: { CLOSED_LOOP_STRICT_PASS: 'false' },
    })

    await expectUpgraded(upgraded, 'pass')
    const { run, project } = upgraded
    expect(run.outputs).toMatchObject({
      verdict: 'PASS_WITH_ACTIONS',
      'overall-status': 'PASS_WITH_ACTIONS',
    })
    expect(run.warnings.map(({ message }) => message).join('\n')).toContain('PASS_WITH_ACTIONS')
    expect(run.summary).toContain('### Warnings')
    await expectReportsOfRun(host, project, run, { files: ALL_REPORTS })
  })
})
