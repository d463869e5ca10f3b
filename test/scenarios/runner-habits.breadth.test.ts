import { beforeAll, describe, expect, it } from '@jest/globals'
import { casesOf, itOf } from '../support/jest/tiers.ts'
import { workerHost } from '../support/jest/worker-host.ts'
import type { Project } from '../support/releases/project.ts'
import {
  expectRolledBack,
  expectUpgraded,
  prepareScenarios,
  readable,
  runsOnHost,
  standing,
  type Upgrade,
  upgrade,
} from '../support/scenario/scenario.ts'

const host = workerHost()

/**
 * Runners of other habits than the example's, on a real stack: what is rolled back first, because a promotion keeps
 * tags of its own. Every habit by itself, under both shells:
 * test/host/program/runner-habits.test.ts.
 */
let project: Project

beforeAll(async () => {
  const { release } = await prepareScenarios(host)
  project = await standing(host, await release('good'))
  await host.sh(`cp '${project.runner}' '${exampleRunner()}'`)
})

/** The example's own runner, for another to call. */
const exampleRunner = () => `${project.projectDir}/tools/example_runner.sh`

/**
 * What the runners are made of. `example ARG…`: the example's runner; it asks nobody, as with a token it takes itself
 * for a part of the deployment. `foreign`: a run that somebody else starts now, to its end.
 */
const PARTS = () => `#!/bin/sh
action=$1 compose_file=$3 env_file=$5 root=$7
compose() { docker compose -f "$compose_file" --env-file "$env_file" "$@"; }
example() { sh '${exampleRunner()}' "$@"; }
foreign() { setsid sh '${exampleRunner()}' assess --output-root "$root" --since 30m >/dev/null 2>&1 </dev/null; }
reports() {
  mkdir -p "$run"
  printf '{"stage":"S3","verdict":"%s"}' "$1" >"$run/runtime_assess.json"
  printf '{"overall_status":"%s"}' "$1" >"$run/closed_loop_report.json"
  printf '{"run_id":"%s","action":"%s","stage":"S3"}' "\${run##*/}" "$action" >"$run/run_meta.json"
}
finished() { echo "[INFO] closed loop $action finished: $run"; }
`

/** Deploys a good release over the stack, assessed by this shell text. */
async function deployedWith(
  runner: string,
  variables: Readonly<Record<string, string>> = {},
): Promise<Upgrade> {
  const { release } = await prepareScenarios(host)
  await host.sh(`cat >'${project.runner}' && chmod 0755 '${project.runner}'`, { stdin: PARTS() + runner })
  // To and fro, so that each is another release than what runs.
  const running = await host.sh(`docker inspect --format '{{.Config.Image}}' ai-trade`)
  const [one, other] = [await release('good'), await release('good', { tag: 'good-2' })]
  return upgrade(host, project, running.trim() === one.reference ? other : one, { variables })
}

/** A full run that does this to the judged service, and is content; what is assessed is the example's business. */
const fullThat = (does: string) => `
[ "$action" = full ] || { example "$@"; exit; }
${does}
run=$root/$(date -u +%Y%m%dT%H%M%SZ)
reports PASS
finished
`
const FULL = { CLOSED_LOOP_ACTION: 'full' }

describe('while somebody else runs the loop without the lock,', () => {
  itOf('all')(
    'a runner that does nothing and is content proves nothing: the PASS of the other run is not judged',
    async () => {
      await using failed = await deployedWith(`foreign; echo '[INFO] another run is at work, nothing to do'`)

      await expectRolledBack(failed, { reason: 'gate.error', gate: 'error', fault: 'environment' })
      expect(readable(failed.run.summary)).toContain('the runner did not name it as its own')
      expect(failed.run.outputs).toMatchObject({ 'run-id': '', verdict: '', 'overall-status': '' })
      expect(failed.run.artifacts).toEqual([])
    },
  )

  it('a runner that takes a run id is judged by the run of that name', async () => {
    await using failed = await deployedWith(`
for word; do [ "\${last-}" != --run-id ] || run=$root/$word; last=$word; done
foreign
reports FAIL
ls -d "$root"/*Z | tail -n 1 | sed 's/^/closed loop assess finished: /'
`)

    await expectRolledBack(failed, { reason: 'gate.failed', gate: 'fail', fault: 'release' })
    expect(failed.run.outputs['run-id']).toMatch(/^\d{8}T\d{6}Z-[0-9a-f]+$/)
    const [artifact] = failed.run.artifacts
    expect(artifact?.files.get('latest_runtime_assess.json')?.toString()).toBe(
      '{"stage":"S3","verdict":"FAIL"}',
    )
  })
})

describe('a runner that is called with full', () => {
  it('while the judged service crashes: the release is rolled back', async () => {
    const crash = `kill -9 "$(docker inspect --format '{{.State.Pid}}' ai-trade)"; sleep 30`
    await using failed = await deployedWith(fullThat(crash), FULL)

    await expectRolledBack(failed, { reason: 'health.lost', gate: 'fail', fault: 'release' })
  })

  it.each([
    ...casesOf('all', [['restarts', 'compose restart ai-trade']]),
    ['recreates', 'compose up --detach --no-deps --force-recreate ai-trade'],
  ])('and %s the judged service: that boot is assessed and confirmed', async (_how, does) => {
    const earlier = await runsOnHost(host, project)
    await using upgraded = await deployedWith(fullThat(does), FULL)

    await expectUpgraded(upgraded, 'pass')
    const { run } = upgraded
    const runs = (await runsOnHost(host, project)).filter((name) => !earlier.includes(name))
    expect(runs).toHaveLength(2)
    // The last one: what the example's runner saw of the new boot.
    expect(run.outputs['run-id']).toBe(runs.toSorted().at(-1))
    const [artifact] = run.artifacts
    expect(JSON.parse(artifact?.files.get('latest_run_meta.json')?.toString() ?? '')).toMatchObject({
      action: 'assess',
      run_id: run.outputs['run-id'],
    })
    expect(run.log).toContain('The runner has restarted ai-trade.')
  })
})
