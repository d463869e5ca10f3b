import { expect, it } from '@jest/globals'
import { workerHost } from '../support/jest/worker-host.ts'
import { LIGHT_INPUTS, LIGHT_VARIABLES, lightStack } from '../support/light-stack/light-stack.ts'
import type { Release } from '../support/releases/releases.ts'
import {
  type DeployRun,
  deployRelease,
  expectNoSecret,
  expectTruthful,
  hostState,
  readable,
} from '../support/scenario/scenario.ts'

const RULES = `# Not much worse than before.
runtime_assess.metrics.degraded <= 1.5 * baseline
warn: closed_loop_report.account_outcome.drawdown <= 0.05
`

/** What the stack's own runner writes before it says that it is done. */
const NUMBERS = `
printf '{"stage":"%s","verdict":"%s","metrics":{"degraded":%s}}\n' "$stage" "$verdict" "$(cat data/degraded)" >"$root/$run/runtime_assess.json"
printf '{"overall_status":"%s","account_outcome":{"drawdown":0.06}}\n' "$verdict" >"$root/$run/closed_loop_report.json"
`

it('compares each release with the last one that was confirmed', async () => {
  const host = workerHost()
  const { projectDir, releases, canaries } = await lightStack(host)
  const runner = `${projectDir}/tools/closed_loop_runner.sh`
  const [writing = '', saying = ''] = (await host.sh(`cat '${runner}'`)).split(
    /^(?=\[ "\$verdict" = PASS \])/mu,
  )
  await host.sh(`cat >'${runner}'`, { stdin: `${writing}${NUMBERS}${saying}` })

  await using runs = new AsyncDisposableStack()
  /** Deploys a release whose report will have this number; gives the summary as it is read. */
  async function deployed(
    release: Release,
    degraded: number,
    claim: Parameters<typeof expectTruthful>[1],
  ): Promise<{ readonly run: DeployRun; readonly summary: string }> {
    await host.sh(`echo ${degraded} >'${projectDir}/data/degraded'`)
    const before = await hostState(host)
    const run = await deployRelease(host, {
      image: release,
      inputs: { ...LIGHT_INPUTS, 'gate-rules': RULES },
      variables: LIGHT_VARIABLES,
    })
    runs.use(run)
    expectTruthful(run, claim, { before, after: await hostState(host), release })
    await expectNoSecret(run, canaries, host)
    return { run, summary: readable(run.summary) }
  }
  const PROMOTED = { outcome: 'promoted', reason: '', gate: 'pass', fault: '' } as const

  const first = await deployed(releases.other, 4, PROMOTED)
  expect(first.summary).toContain('There is no baseline')
  expect(first.summary).toContain('➖ ignored')
  expect(first.run.warnings.map(({ message }) => message).join('\n')).toContain('One rule of the gate')
  expect(first.run.log).toContain(
    'Rule closed_loop_report.account_outcome.drawdown <= 0.05, got 0.06: warning.',
  )

  const second = await deployed(releases.third, 6, PROMOTED)
  expect(second.summary).toContain(
    `of deployment ${first.run.outputs['transaction-id']}, the last one confirmed`,
  )
  expect(second.run.log).toContain(
    'Rule runtime_assess.metrics.degraded <= 1.5 * baseline (6), got 6, baseline 4: met.',
  )

  const third = await deployed(releases.other, 10, {
    outcome: 'rolled_back',
    reason: 'gate.failed',
    gate: 'fail',
    fault: 'release',
  })
  expect(third.run.errors[0]?.message).toContain('<= 1.5 * baseline" is not met: 10 against 9')
  expect(third.summary).toContain('❌ fail')

  // What was rolled back is no baseline.
  const fourth = await deployed(releases.other, 9, PROMOTED)
  expect(fourth.summary).toContain(`of deployment ${second.run.outputs['transaction-id']}`)
})
