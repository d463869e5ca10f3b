import { describe, expect, it } from '@jest/globals'
import type { PhaseName } from '../../src/model/phase.ts'
import { itOf } from '../support/jest/tiers.ts'
import { workerHost } from '../support/jest/worker-host.ts'
import { besides, meanwhileIn } from '../support/scenario/meanwhile.ts'
import {
  expectNoSecret,
  expectPromoted,
  expectSameAsBefore,
  expectTruthful,
  type HostState,
  prepareScenarios,
  standing,
  upgrade,
} from '../support/scenario/scenario.ts'
import { expectUnchanged } from '../support/scenario/unchanged.ts'

const host = workerHost()

/** Deploys a release that fails its gate while somebody runs a `sed` script over the env file. */
const failWhileEdited = (script: string) => deployWhileEdited('evidence', script, 'critical')

/** Deploys a release over a good one; in a phase of that somebody runs a `sed` script over the env file. */
async function deployWhileEdited(phase: PhaseName, script: string, behaviour: 'critical' | 'good') {
  const { release } = await prepareScenarios(host)
  const next = behaviour === 'good' ? await release('good', { tag: 'good-2' }) : await release(behaviour)
  const project = await standing(host, await release('good'))
  const editing = meanwhileIn(phase, () => host.sh(`sed -i '${script}' '${project.envFile}'`))
  const deployment = upgrade(host, project, next, {
    onLine: editing.onLine,
    // It takes some seconds to log so many: the edit comes first.
    variables: { CLOSED_LOOP_MIN_RUNTIME_STATUS: '30' },
  })
  return besides(deployment, editing)
}

/** A state as if its env file had these bytes. */
function withEnvFile(state: HostState, envFile: HostState['envFile']): HostState {
  const { bytes: _, ...facts } = envFile
  return { ...state, envFile, files: { ...state.files, '.env.runtime': facts } }
}

describe('an env file that somebody edits while the gate waits', () => {
  it('keeps the edit when the release is rolled back, but for the managed variables, and that is said', async () => {
    await using failed = await failWhileEdited('1i # edited by hand\n$a # 手工修改')
    const { run, before, after, release, project } = failed

    const edited = `# edited by hand\n${before.envFile.bytes}# 手工修改\n`
    expect(after.envFile.bytes.toString()).toBe(edited)
    expect({ mode: after.envFile.mode, owner: after.envFile.owner }).toEqual({
      mode: before.envFile.mode,
      owner: before.envFile.owner,
    })
    expectSameAsBefore(withEnvFile(before, after.envFile), after)
    const claim = { outcome: 'rolled_back', reason: 'gate.failed', gate: 'fail', fault: 'release' } as const
    expectTruthful(run, claim, { before, after, release })
    expect(run.errors[0]?.message).toContain(`Somebody else edited ${project.envFile}`)
    await expectNoSecret(run, project.canaries, host)
  })

  it('still brings the old release back where the edit reaches the containers, and that is said', async () => {
    await using failed = await failWhileEdited('$a AI_TRADE_NOTE=added-by-hand')
    const { run, before, after, project } = failed

    expect(after.envFile.bytes.toString()).toBe(`${before.envFile.bytes}AI_TRADE_NOTE=added-by-hand\n`)
    expect(after.containers['ai-trade']).toMatchObject({
      imageId: before.containers['ai-trade']?.imageId,
      reference: before.containers['ai-trade']?.reference,
      state: 'running',
      health: 'healthy',
    })
    expect(run.outputs).toMatchObject({ outcome: 'rolled_back', reason: 'gate.failed' })
    expect(run.errors[0]?.message).toContain(`Somebody else edited ${project.envFile}`)
    await expectNoSecret(run, project.canaries, host)
  })

  itOf('all')('keeps the edit when the release is promoted', async () => {
    await using deployed = await deployWhileEdited('evidence', '1i # edited by hand', 'good')
    const { run, before, after, release, project } = deployed

    const edited = `# edited by hand\n${before.envFile.bytes}`
    const wanted = edited.replace(/^AI_TRADE_IMAGE=.*$/m, `AI_TRADE_IMAGE=${release.reference}`)
    expect(after.envFile.bytes.toString()).toBe(wanted)
    expectPromoted(withEnvFile(before, { ...before.envFile, bytes: Buffer.from(edited) }), after, release)
    const claim = { outcome: 'promoted', reason: '', gate: 'pass', fault: '' } as const
    expectTruthful(run, claim, { before, after, release })
    await expectNoSecret(run, project.canaries, host)
  })

  it('confirms no release whose image variable was changed meanwhile, and names the variable', async () => {
    const script = 's/^AI_TRADE_IMAGE=.*/AI_TRADE_IMAGE=by.hand:1/'
    await using deployed = await deployWhileEdited('evidence', script, 'good')
    const { run, before, after, release, project } = deployed

    expectSameAsBefore(before, after)
    const claim = {
      outcome: 'rolled_back',
      reason: 'confirm.env_changed',
      gate: 'pass',
      fault: 'environment',
    } as const
    expectTruthful(run, claim, { before, after, release })
    expect(run.errors[0]?.message).toContain('somebody else changed AI_TRADE_IMAGE in the env file')
    await expectNoSecret(run, project.canaries, host)
  })
})

describe('an env file that somebody edits before the release is put in', () => {
  it('ends the deployment before anything is changed', async () => {
    await using deployed = await deployWhileEdited('prefetch', '$a # 手工修改', 'good')
    const { before, after, project } = deployed

    expect(after.envFile.bytes.toString()).toBe(`${before.envFile.bytes}# 手工修改\n`)
    await expectUnchanged(
      { ...deployed, before: withEnvFile(before, after.envFile) },
      { reason: 'apply.files_changed', fault: 'environment' },
    )
    expect(deployed.run.errors[0]?.message).toContain(`Somebody changed ${project.envFile}`)
  })
})
