import { describe, expect, it } from '@jest/globals'
import { itOf } from '../support/jest/tiers.ts'
import { workerHost } from '../support/jest/worker-host.ts'
import type { PrivateHost } from '../support/private-host/private-host.ts'
import type { Project } from '../support/releases/project.ts'
import { besides, meanwhileIn } from '../support/scenario/meanwhile.ts'
import { byDigest } from '../support/scenario/registry-tag.ts'
import {
  type Deployment,
  expectNoSecret,
  expectSameAsBefore,
  expectTruthful,
  type HostState,
  logInToRegistry,
  prepareScenarios,
  pullImages,
  standing,
  type Upgrade,
  upgrade,
} from '../support/scenario/scenario.ts'

/** What every image of a release and of the stack has, and the images that the tests themselves need have not. */
const ALL_BUT_THE_BASE = '--filter label=org.opencontainers.image.version'

/**
 * Deploys a release that fails its gate, while somebody cleans up on the host. The image of the assessment goes
 * with the rest; it is there again before it is needed.
 */
async function failWhilePruned(
  host: PrivateHost,
  project: Project,
  what: 'image' | 'system',
  deployment: Omit<Deployment, 'image'> = {},
): Promise<Upgrade> {
  const { release, research } = await prepareScenarios(host)
  const pruning = meanwhileIn('evidence', async () => {
    await host.sh(`docker ${what} prune --all --force ${ALL_BUT_THE_BASE}`)
    await pullImages(host, research.reference)
  })
  const upgraded = upgrade(host, project, await release('critical'), {
    ...deployment,
    onLine: pruning.onLine,
    // It takes some seconds to log so many: the cleaning comes first.
    variables: { CLOSED_LOOP_MIN_RUNTIME_STATUS: '60' },
  })
  return besides(upgraded, pruning)
}

const GATE_FAILED = { reason: 'gate.failed', gate: 'fail', fault: 'release' } as const

describe('images that somebody removes while the gate waits', () => {
  it('do not keep a release named by digest from coming back after "docker image prune -a"', async () => {
    const host = workerHost()
    const { release } = await prepareScenarios(host)
    const good = await byDigest(host, await release('good'))
    const project = await standing(host, good)

    await using failed = await failWhilePruned(host, project, 'image')

    const { run, before, after } = failed
    // Docker forgets the digest of an image that only a created container holds.
    const byId = withReference(before, ['ai-trade', 'ai-trade-watchdog'], good.imageId)
    // So our tag is its only name; without one, the image would be lost with its container.
    const [hold = '', ...more] = Object.keys(after.tags).filter((tag) => tag.startsWith('closed-loop-'))
    expect({ held: after.tags[hold], more }).toEqual({ held: good.imageId, more: [] })
    const { [hold]: _, ...tags } = after.tags
    expectSameAsBefore(byId, { ...after, tags })
    expectTruthful(
      run,
      { outcome: 'rolled_back', ...GATE_FAILED },
      { before, after, release: failed.release },
    )
    expect(run.errors[0]?.message).toContain('ai-trade runs its earlier image by ID')
    await expectNoSecret(run, project.canaries, host)
  })

  itOf('all')(
    'are pulled again by digest after "docker system prune -a", where the host itself may',
    async () => {
      const host = workerHost()
      const { release } = await prepareScenarios(host)
      const project = await standing(host, await release('good'))
      await logInToRegistry(host)

      await using failed = await failWhilePruned(host, project, 'system')

      await host.sh('rm /root/.docker/config.json')
      const { run, before, after } = failed
      expectSameAsBefore(before, after)
      expectTruthful(
        run,
        { outcome: 'rolled_back', ...GATE_FAILED },
        { before, after, release: failed.release },
      )
      expect(run.errors[0]?.message).toContain(
        'had been removed from the host meanwhile; the host pulled it again as',
      )
      await expectNoSecret(run, project.canaries, host)
    },
  )

  it('end in a failed rollback where they are gone; then nothing runs if that was asked for, and all is said', async () => {
    const host = workerHost()
    const { release } = await prepareScenarios(host)
    const good = await release('good')
    const project = await standing(host, good)

    await using failed = await failWhilePruned(host, project, 'system', {
      inputs: { 'on-rollback-failure': 'stop' },
    })

    const { run, before, after } = failed
    const ours = Object.values(after.containers).filter(({ service }) => service !== '')
    expect(ours.length).toBeGreaterThan(0)
    for (const { state, restartPolicy } of ours) {
      expect({ state, restartPolicy }).toEqual({ state: 'exited', restartPolicy: 'no:0' })
    }
    expect(after.envFile.bytes.toString()).toBe(before.envFile.bytes.toString())
    expect(run.exitCode).toBe(1)
    expect(run.outputs).toMatchObject({
      outcome: 'rollback_failed',
      ...GATE_FAILED,
      'rolled-back': 'false',
      'previous-image': good.reference,
      'previous-image-id': good.imageId,
    })
    const [error] = run.errors
    expect(error?.title).toBe(
      'The rollback failed: the deployed services are stopped, and the host needs a person',
    )
    expect(error?.message).toContain(`${good.reference} (${good.imageId.slice(7, 19)})`)
    for (const { name } of ours)
      expect(error?.message).toMatch(new RegExp(`Docker does not start them again\\): .*${name}`))
    expect(run.summary).toContain('## 🚨 The rollback failed')
    await expectNoSecret(run, project.canaries, host)
  })
})

/** A state as if these containers had been created from this reference. */
function withReference(state: HostState, names: readonly string[], reference: string): HostState {
  const containers = Object.entries(state.containers).map(([name, container]) => [
    name,
    names.includes(name) ? { ...container, reference } : container,
  ])
  return { ...state, containers: Object.fromEntries(containers) }
}
