import { expect, it } from '@jest/globals'
import { workerHost } from '../support/jest/worker-host.ts'
import { LIGHT_INPUTS, LIGHT_VARIABLES, lightStack } from '../support/light-stack/light-stack.ts'
import type { Release } from '../support/releases/releases.ts'
import {
  type Deployment,
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

/** What a runner of a stage of its own leaves: a status of its own, a manifest, a log; and it ends as if something had failed. */
const OWN_STAGE = `
run=$CLOSED_LOOP_RUN_ID
mkdir "$root/$run"
printf '{"stage":"%s","verdict":"PASS","run_id":"%s"}\n' "$stage" "$run" >"$root/$run/runtime_assess.json"
printf '{"overall_status":"NOT_READY","run_id":"%s","sections":{"model":{"status":"NOT_EVALUATED"}}}\n' "$run" >"$root/$run/closed_loop_report.json"
printf '{"run_id":"%s","git":{"commit":"%s"}}\n' "$run" "$CLOSED_LOOP_GIT_COMMIT" >"$root/$run/run_manifest.json"
printf '{"step":1}\n{"step":2}\n' >"$root/$run/step_status.jsonl"
{ printf 'called with %s\n' "$given"; cat .env.runtime; } >"$root/$run/runtime.log"
exit 4
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
    given: Pick<Deployment, 'inputs' | 'variables'> = {},
  ): Promise<{ readonly run: DeployRun; readonly summary: string }> {
    await host.sh(`echo ${degraded} >'${projectDir}/data/degraded'`)
    const before = await hostState(host)
    const run = await deployRelease(host, {
      image: release,
      inputs: { ...LIGHT_INPUTS, 'gate-rules': RULES, ...given.inputs },
      variables: given.variables ?? LIGHT_VARIABLES,
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

  // A stage of the host's own, by the verdict alone, with files of its own.
  const start = `#!/bin/sh\nset -eu\naction=$1 given=$*\n${writing.slice(writing.indexOf('shift\n'), writing.indexOf('while run='))}`
  await host.sh(`cat >'${runner}'`, { stdin: `${start}${OWN_STAGE}` })
  const own = {
    inputs: {
      'extra-reports': 'run_manifest.json step_status.jsonl runtime.log gone.json',
      'gate-rules': 'run_manifest.git.commit == "$COMMIT"\nrun_manifest.run_id == "$RUN_ID"',
    },
    variables: {
      CLOSED_LOOP_STAGE: 'DEPLOY',
      CLOSED_LOOP_GATE_ON: 'verdict',
      CLOSED_LOOP_EVIDENCE: 'RUNTIME_STATUS >= 3\nSTATUS: >= 2',
    },
  }
  const fifth = await deployed(releases.third, 0, PROMOTED, own)
  expect(fifth.run.outputs).toMatchObject({ verdict: 'PASS', 'overall-status': 'NOT_READY' })
  expect(fifth.summary).toContain('Sections of the report: model NOT_EVALUATED')
  expect(fifth.run.log).toMatch(/\d of 3 RUNTIME_STATUS, \d of 2 STATUS:/u)
  const files = fifth.run.artifacts[0]?.files ?? new Map<string, Buffer>()
  expect([...files.keys()].sort()).toEqual([
    ...['latest_closed_loop_report.json', 'latest_runtime_assess.json'],
    ...['run_manifest.json', 'runtime.log', 'step_status.jsonl'],
  ])
  expect(files.get('step_status.jsonl')?.toString()).toBe('{"step":1}\n{"step":2}\n')
  expect(JSON.parse(files.get('run_manifest.json')?.toString() ?? '')).toEqual({
    run_id: fifth.run.outputs['run-id'],
    git: { commit: expect.stringMatching(/^[0-9a-f]{40}$/u) },
  })
  expect(files.get('runtime.log')?.toString()).toMatch(/^called with assess (?!.*--min-runtime-status)/u)
  expect(fifth.run.warnings.map(({ message }) => message).join('\n')).toContain(
    'gone.json of this run was not kept',
  )
}, 300_000)
