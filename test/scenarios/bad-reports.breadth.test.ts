import { beforeAll, describe, expect, it } from '@jest/globals'
import { itOf } from '../support/jest/tiers.ts'
import { workerHost } from '../support/jest/worker-host.ts'
import type { Project } from '../support/releases/project.ts'
import {
  ALL_REPORTS,
  assessByHand,
  expectReportsOfRun,
  expectRolledBack,
  prepareScenarios,
  readable,
  standing,
  type Upgrade,
  upgrade,
} from '../support/scenario/scenario.ts'

const host = workerHost()
const ERROR = { reason: 'gate.error', gate: 'error', fault: 'environment' } as const

/**
 * All on one stack, one after the other: each deployment has to leave it as it was. The table of everything
 * that a runner can do wrong is test/host/program/runner-reports.test.ts; this is that it reaches people, and
 * what is running then.
 */
let project: Project
/** A run by hand that passed: its `latest_*` lie there the whole time. */
let earlier: string

beforeAll(async () => {
  const { release } = await prepareScenarios(host)
  project = await standing(host, await release('good'))
  earlier = await assessByHand(host, project)
})

/** Shell text that makes the directory `$run` of this run, a `put` for its files and `reports VERDICT` for all. */
const PARTS = `
root=$7
run=$root/$(date -u +%Y%m%dT%H%M%SZ)
put() { mkdir -p "$run" && printf '%s' "$2" >"$run/$1"; }
reports() {
  put runtime_assess.json '{"stage":"S3","verdict":"'"$1"'"}'
  put closed_loop_report.json '{"overall_status":"'"$1"'"}'
  put run_meta.json '{"run_id":"'"\${run##*/}"'","action":"assess","stage":"S3"}'
}
latest() { for name in runtime_assess closed_loop_report run_meta; do cp "$run/$name.json" "$root/latest_$name.json"; done; }
`

/** Deploys a good release whose assessment is done by this shell text instead of the example's runner. */
async function deployedWith(runner: { readonly text: string; readonly mode: string }): Promise<Upgrade> {
  const { release } = await prepareScenarios(host)
  await host.sh(`cat >'${project.runner}' && chmod ${runner.mode} '${project.runner}'`, {
    stdin: runner.text,
  })
  return upgrade(host, project, await release('good', { tag: 'good-2' }))
}

const script = (text: string) => ({ text: `#!/bin/sh\n${PARTS}\n${text}\n`, mode: '0755' })

/** Each of these stands in the annotation and in the summary, and nothing of it is called a pass. */
function expectTold({ run }: Upgrade, ...reasons: readonly string[]): void {
  const summary = readable(run.summary)
  const warned = run.warnings.map(({ message }) => message).join('\n')
  for (const reason of reasons) {
    expect(run.errors[0]?.message).toContain(reason)
    expect(summary).toContain(reason)
  }
  expect(summary + warned).not.toMatch(/the gate passed|does not exist: it could not be read/i)
}

describe('a good release is rolled back', () => {
  it('when each report is damaged in its own way: all three are named', async () => {
    await using failed = await deployedWith(
      script(`reports PASS
put runtime_assess.json '{"stage":"S3","verd'
head -c 9000000 /dev/zero | tr '\\0' ' ' >>"$run/closed_loop_report.json"
printf '{"run_id":"\\346\\235"}' >"$run/run_meta.json"`),
    )

    await expectRolledBack(failed, ERROR)
    expectTold(
      failed,
      'latest_runtime_assess.json is not a valid report: expected JSON, got 19 characters',
      'latest_closed_loop_report.json could not be read: it has 90000',
      'latest_run_meta.json could not be read: it is not valid UTF-8',
    )
    expect(failed.run.outputs).toMatchObject({ verdict: '', 'overall-status': '' })
    // What can be read is for people to read, damaged or not.
    await expectReportsOfRun(host, project, failed.run, {
      files: ['latest_runtime_assess.json'],
      earlierRuns: [earlier],
    })
  })

  itOf('all')('when the runner is killed, whatever its reports say', async () => {
    await using failed = await deployedWith(script('reports PASS; latest; kill -KILL $$'))

    await expectRolledBack(failed, ERROR)
    expectTold(failed, 'Signal 9 ended the runner')
    await expectReportsOfRun(host, project, failed.run, { files: ALL_REPORTS, earlierRuns: [earlier] })
  })

  it('when the runner does nothing and is content: the PASS of an earlier run is not judged', async () => {
    await using failed = await deployedWith(script('exit 0'))

    await expectRolledBack(failed, ERROR)
    expectTold(
      failed,
      'The assessment left no new run directory',
      'latest_runtime_assess.json is not of this run',
      'latest_closed_loop_report.json is not of this run',
      'latest_run_meta.json is not of this run',
    )
    const { outputs, artifacts } = failed.run
    expect(outputs).toMatchObject({ 'run-id': '', verdict: '', 'overall-status': '', 'artifact-id': '' })
    expect(artifacts).toEqual([])
  })
})

itOf('all')(
  'a bad release is rolled back though its runner exits 0, writes latest_* and cannot be executed',
  async () => {
    await using failed = await deployedWith({ text: `${PARTS}\nreports FAIL; latest\n`, mode: '0644' })

    await expectRolledBack(failed, { reason: 'gate.failed', gate: 'fail', fault: 'release' })
    expectTold(failed, 'runtime_assess: verdict is FAIL', 'closed_loop_report: overall_status is FAIL')
    await expectReportsOfRun(host, project, failed.run, { files: ALL_REPORTS, earlierRuns: [earlier] })
  },
)
