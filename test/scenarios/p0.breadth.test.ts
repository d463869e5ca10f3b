/**
 * P0 of the closed loop on one host, from an empty one on: started and accepted by hand, a good release deployed, a bad
 * one rolled back, and accepted again, each time by what a person types and by `actions/verify`.
 */
import { beforeAll, describe, expect, it } from '@jest/globals'
import * as z from 'zod'
import { workerHost } from '../support/jest/worker-host.ts'
import type { Project } from '../support/releases/project.ts'
import type { Release } from '../support/releases/releases.ts'
import { exampleBlock, logged, placeExample, typed } from '../support/scenario/example.ts'
import {
  ALL_REPORTS,
  expectNoSecret,
  expectReportsOfRun,
  expectRolledBack,
  expectUpgraded,
  hostState,
  prepareScenarios,
  runsOnHost,
  upgrade,
  verifyHost,
} from '../support/scenario/scenario.ts'

const host = workerHost()
const SERVICES = ['ai-trade', 'ai-trade-watchdog', 'ai-trade-scheduler']
const REPORTS = ['closed_loop_report', 'runtime_assess', 'run_meta'] as const

let project: Project
let first: Release
let better: Release

beforeAll(async () => {
  const { release } = await prepareScenarios(host)
  first = await release('good')
  better = await release('good', { tag: 'good-2' })
  project = await placeExample(host, first, { AI_TRADE_SCHEDULER_DELAY_SECONDS: '15' })
}, 300_000)

const checksSchema = z.array(z.object({ name: z.string(), result: z.string(), evidence: z.string() }))

/**
 * The acceptance of the spec, once the scheduler that runs now has had its first run, by a person and by the
 * action. Gives what the action says of the last deployment.
 */
async function accepted(running: Release): Promise<string> {
  await logged(host, 'ai-trade-watchdog', 'All systems operational')
  await logged(host, 'ai-trade-scheduler', 'closed loop full finished')

  const shown = await typed(host, exampleBlock('# 1)'))
  for (const container of SERVICES) expect(shown).toMatch(new RegExp(`^${container}\\s+Up `, 'm'))
  for (const report of REPORTS) expect(shown).toContain(`latest_${report}.json`)
  const [closedLoop, runtimeAssess, meta] = await Promise.all(
    REPORTS.map(async (report) =>
      JSON.parse(await host.sh(`cat '${project.reportRoot}/latest_${report}.json'`)),
    ),
  )
  expect({ overall: closedLoop.overall_status, verdict: runtimeAssess.verdict }).toEqual({
    ...{ overall: 'PASS', verdict: 'PASS' },
  })
  expect(await runsOnHost(host, project)).toContain(meta.run_id)

  const { containers } = await hostState(host)
  expect(SERVICES.map((name) => [containers[name]?.state, containers[name]?.restartCount])).toEqual(
    SERVICES.map(() => ['running', 0]),
  )
  expect(containers['ai-trade']?.imageId).toBe(running.imageId)

  await using verified = await verifyHost(host)
  const checks = checksSchema.parse(JSON.parse(verified.outputs.checks ?? ''))
  expect(checks.filter(({ result }) => result === 'failed')).toEqual([])
  expect(verified).toMatchObject({ exitCode: 0, errors: [], warnings: [] })
  await expectNoSecret(verified, project.canaries, host)
  return checks.find(({ name }) => name === 'last-deployment')?.evidence ?? ''
}

describe('P0, from an empty host on', () => {
  it('is started and accepted, promotes what is good, takes back what is bad, and is accepted again', async () => {
    const { release } = await prepareScenarios(host)
    await typed(host, exampleBlock('cd /opt/ai-trade\nset -a'))
    await accepted(first)

    await using upgraded = await upgrade(host, project, better)
    await expectUpgraded(upgraded, 'pass')
    await expectReportsOfRun(host, project, upgraded.run, { files: ALL_REPORTS })
    expect(await accepted(better)).toContain(`${upgraded.run.outputs['transaction-id']} ended promoted`)

    await using failed = await upgrade(host, project, await release('critical'))
    await expectRolledBack(failed, { reason: 'gate.failed', gate: 'fail', fault: 'release' })
    expect(await accepted(better)).toContain(`${failed.run.outputs['transaction-id']} ended rolled_back`)
  }, 400_000)
})
