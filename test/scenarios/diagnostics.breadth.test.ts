import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { workerHost } from '../support/jest/worker-host.ts'
import {
  expectRolledBack,
  prepareScenarios,
  type Upgrade,
  upgradeGood,
} from '../support/scenario/scenario.ts'

/** The text of one file of the diagnostics, as uploaded; it lies on the runner too. */
function diagnosed({ run }: Upgrade, file: string): string {
  const [artifact] = run.diagnostics
  const text = artifact?.files.get(file)?.toString() ?? ''
  const directory = `${run.outputs['transaction-id']}-diagnostics`
  expect(readFileSync(join(run.runnerTemp, 'closed-loop', directory, file), 'utf8')).toBe(text)
  return text
}

describe('the diagnostics of a deployment', () => {
  it('have the last words of a release that crashed, although its container is gone', async () => {
    const host = workerHost()
    const { release } = await prepareScenarios(host)

    await using failed = await upgradeGood(host, await release('crash-at-start'))

    // No secret is in any of its bytes either: expectNoSecret is part of this.
    await expectRolledBack(failed, { reason: 'health.crashed', gate: 'not_run', fault: 'release' })
    const { run } = failed
    expect(run.diagnostics).toHaveLength(1)
    const [artifact] = run.diagnostics
    expect(artifact?.name).toMatch(new RegExp(`-${run.outputs['transaction-id']}-diagnostics$`))
    expect(run.summary).toContain(`artifacts/${artifact?.id}`)
    expect(run.warnings).toEqual([])

    expect(diagnosed(failed, 'logs-ai-trade.txt')).toContain('unhandled TypeError in exchange client')
    const [before = '', now = ''] = diagnosed(failed, 'containers.txt').split('-- now --')
    expect(before).toContain(failed.release.imageId)
    expect(now).not.toContain(failed.release.imageId)
    expect(now).toContain('"name":"/ai-trade"')
    expect(diagnosed(failed, 'docker-events.txt')).toMatch(/ container die .*exitCode=1/)
    expect(diagnosed(failed, 'compose-config.txt')).toContain(`image: ${failed.release.reference}`)
    expect(diagnosed(failed, 'journal.txt')).toContain('\trolled_back\n'.replaceAll('\t', ' '))
    expect(diagnosed(failed, 'job-prefetch-facts.txt')).toContain(failed.release.imageId)
    expect(diagnosed(failed, 'reports.txt')).toContain('ended before an assessment could leave reports')
  })

  it('say of each report why it was accepted, and have what the runner said', async () => {
    const host = workerHost()
    const { release } = await prepareScenarios(host)

    await using failed = await upgradeGood(host, await release('critical'))

    await expectRolledBack(failed, { reason: 'gate.failed', gate: 'fail', fault: 'release' })
    expect(diagnosed(failed, 'reports.txt')).toContain(
      'latest_runtime_assess.json: accepted, from the directory of this run.',
    )
    expect(diagnosed(failed, 'job-assess.txt')).not.toBe('')
    expect(diagnosed(failed, 'logs-ai-trade.txt')).toContain('CRITICAL')
  })
})
