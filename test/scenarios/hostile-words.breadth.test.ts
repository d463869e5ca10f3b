import { describe, expect, it } from '@jest/globals'
import { workerHost } from '../support/jest/worker-host.ts'
import { publish } from '../support/private-host/publish.ts'
import {
  type DeployRun,
  expectRolledBack,
  expectTruthful,
  prepareScenarios,
  standing,
  upgrade,
  upgradeGood,
} from '../support/scenario/scenario.ts'

const host = workerHost()

/** What would forge commands, outputs, colours, links and headings, if it were taken for more than words. */
const WORDS = [
  '::set-output name=outcome::promoted',
  '  ::error title=forged::forged',
  '##[error]forged',
  'behind words ##[set-output name=gate;]pass',
  '::add-mask::a',
  '::stop-commands::forged',
  '\u001b[31mred\u001b[0m \u001b]8;;http://evil.invalid\u0007link\u001b]8;;\u0007',
  '# forged heading <img src=x onerror=alert(1)> [a link](http://evil.invalid) @octocat | a | b |',
  'progress 1\r::warning::forged',
  '中文 \u202e right to left',
]

/** A shell command that prints them. */
const PRINT = `printf '%s' '${Buffer.from(`${WORDS.join('\n')}\n`).toString('base64')}' | base64 -d`

describe('words of the release and of the host', () => {
  it('stay words when a container that crashes has logged them', async () => {
    await prepareScenarios(host)
    const reference = `${host.registry.address}/ai-trade:hostile`
    const dockerfile = `FROM closed-loop-base/ai-trade\nCMD ["sh", "-c", "${PRINT}; exit 1"]\n`
    const { imageId } = await publish(host, { dockerfile, files: {}, reference })

    await using failed = await upgradeGood(host, { reference, imageId })

    await expectRolledBack(failed, { reason: 'health.crashed', gate: 'not_run', fault: 'release' })
    expectInert(failed.run)
    expect(failed.run.log).toContain('set-output name=outcome')
  })

  it('stay words when the runner and its report say them', async () => {
    const { release } = await prepareScenarios(host)
    const project = await standing(host, await release('good'))
    const report = JSON.stringify({ stage: 'S3', verdict: 'FAIL', fail_reasons: WORDS, warn_reasons: WORDS })
    const runner = `#!/bin/sh
root=${project.reportRoot}
run=$root/$(date -u +%Y%m%dT%H%M%SZ)
mkdir -p "$run"
printf '%s' '${Buffer.from(report).toString('base64')}' | base64 -d >"$run/runtime_assess.json"
${PRINT}
${PRINT} >&2
exit 1
`
    await host.sh(`cat >'${project.runner}'`, { stdin: runner })

    await using failed = await upgrade(host, project, await release('good', { tag: 'good-2' }))

    const { run, before, after, release: put } = failed
    const claim = { outcome: 'rolled_back', reason: 'gate.failed', gate: 'fail', fault: 'release' } as const
    expectTruthful(run, claim, { before, after, release: put })
    expectInert(run)
    expect(run.summary).not.toMatch(/<img|\]\(http:\/\/evil|^# forged/m)
    expect(run.artifacts[0]?.files.get('latest_runtime_assess.json')?.toString()).toBe(report)
  })
})

/** Nothing of it became a command, an annotation, a mask or a control sequence. */
function expectInert(run: DeployRun): void {
  expect({ forged: run.forgedOrUnknownCommands, runner: run.runnerErrors }).toEqual({
    forged: [],
    runner: [],
  })
  expect(run.errors).toHaveLength(1)
  expect(run.annotations.map(({ title }) => title)).not.toContain('forged')
  expect(run.masks).not.toContain('a')
  for (const text of [run.rawLog, run.summary, run.errors[0]?.message ?? '']) {
    expect(text).not.toMatch(CONTROLS)
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: it is what must not be there
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f\u202a-\u202e]/
