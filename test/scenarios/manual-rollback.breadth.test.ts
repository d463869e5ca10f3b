import { beforeAll, describe, expect, it } from '@jest/globals'
import { workerHost } from '../support/jest/worker-host.ts'
import type { Project } from '../support/releases/project.ts'
import type { Release } from '../support/releases/releases.ts'
import {
  entering,
  expectNoSecret,
  expectPromoted,
  expectSameAsBefore,
  expectUntouched,
  type HostState,
  hostState,
  postOf,
  prepareScenarios,
  returnToRelease,
  standing,
  upgrade,
} from '../support/scenario/scenario.ts'

const host = workerHost()
let project: Project
let first: Release
let second: Release
const transactions: string[] = []

beforeAll(async () => {
  const { release } = await prepareScenarios(host)
  first = await release('good', { tag: 'good-1' })
  second = await release('good', { tag: 'good-2' })
  project = await standing(host, await release('good'))
  for (const released of [first, second]) {
    const checkedOut = { 'notes/release.txt': released.reference }
    await using deployed = await upgrade(host, project, released, { inputs: { files: 'notes' }, checkedOut })
    expect(deployed.run.outputs.outcome).toBe('promoted')
    transactions.push(deployed.run.outputs['transaction-id'] ?? '')
  }
}, 300_000)

/** Runs the action over what is on the host now. */
async function returned(deployment: Parameters<typeof returnToRelease>[1] = {}) {
  const before = await hostState(host)
  const run = await returnToRelease(host, deployment)
  return { before, run, after: await hostState(host), [Symbol.asyncDispose]: run.dispose }
}

/** Apart from what the release brought: that is compared by itself. */
function withoutFiles({ files, ...state }: HostState): HostState {
  return {
    ...state,
    files: Object.fromEntries(Object.entries(files).filter(([path]) => !path.startsWith('notes'))),
  }
}

const notes = () => host.sh(`cat '${project.projectDir}/notes/release.txt'`)

describe('actions/rollback', () => {
  it('changes nothing, and names the confirmed deployments, where it is given another one', async () => {
    await using refused = await returned({ inputs: { transaction: 'f00d' } })

    expectUntouched(refused.before, refused.after)
    expect(refused.run.outputs).toMatchObject({
      outcome: 'unchanged',
      reason: 'return.unknown_transaction',
      fault: 'configuration',
      image: '',
    })
    for (const [index, { reference }] of [first, second].entries())
      expect(refused.run.errors[0]?.message).toMatch(
        new RegExp(`${transactions[index]}, confirmed .*: ${reference}`),
      )
  })

  it('is killed past its boundary: the post step restores the present release', async () => {
    await using killed = await returned({ cancel: { how: 'kill', when: entering('health') } })
    await using post = await postOf(killed.run)

    expect(post.outputs).toMatchObject({ outcome: 'rolled_back', image: first.reference })
    expectSameAsBefore(killed.before, await hostState(host))
  })

  it('returns to the release before the present one without a registry, though its tag means another image', async () => {
    await host.sh(`docker tag ${second.imageId} ${first.reference}`)
    await host.sh(`iptables -I OUTPUT -p tcp --dport ${host.registry.address.split(':')[1]} -j REJECT`)
    try {
      await using back = await returned()

      expect(back.run.outputs).toMatchObject({
        outcome: 'promoted',
        reason: '',
        gate: 'not_run',
        image: first.reference,
        'image-id': first.imageId,
        'previous-image-id': second.imageId,
      })
      expect(back.run.conclusion).toBe('success')
      expectPromoted(withoutFiles(back.before), withoutFiles(back.after), first)
      expect(await notes()).toBe(first.reference)
      expect(back.run.summary).toContain('The earlier release is in service again')
      expect(back.run.summary).toContain(transactions[0])
      await expectNoSecret(back.run, project.canaries, host)
    } finally {
      await host.sh(`iptables -D OUTPUT -p tcp --dport ${host.registry.address.split(':')[1]} -j REJECT`)
    }
  })

  it('returns to a transaction that is named, and pulls by digest what the host has no more', async () => {
    await host.sh(`docker rmi --force $(docker image ls --no-trunc --format '{{.Repository}}:{{.Tag}} {{.ID}}' | sed -n 's/ ${second.imageId}$//p') >/dev/null
! docker image inspect ${second.imageId} >/dev/null 2>&1`)
    await using back = await returned({
      inputs: {
        transaction: transactions[1] ?? '',
        'registry-username': host.registry.username,
        'registry-password': host.registry.password,
      },
    })

    expect(back.run.outputs).toMatchObject({ outcome: 'promoted', 'image-id': second.imageId })
    expectPromoted(withoutFiles(back.before), withoutFiles(back.after), second)
    expect(await notes()).toBe(second.reference)
  })
})
