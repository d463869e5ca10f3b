import { expect, it } from '@jest/globals'
import { workerHost } from '../support/jest/worker-host.ts'
import {
  expectNoSecret,
  expectUntouched,
  prepareScenarios,
  standing,
  upgrade,
} from '../support/scenario/scenario.ts'
import { expectUnchanged } from '../support/scenario/unchanged.ts'

const host = workerHost()

it('a host is checked as docs/adopting.md tells, and nothing that serves changes', async () => {
  const { release } = await prepareScenarios(host)
  const project = await standing(host, await release('good'))
  const hostProgram = `sh '${project.projectDir}/.closed-loop/host.sh'`

  const missing = { reference: `${host.registry.address}/ai-trade:no-such-tag`, imageId: '' }
  await using first = await upgrade(host, project, missing)
  await expectUnchanged(first, { reason: 'prefetch.pull_failed', fault: 'configuration' })
  expect(await host.sh(`${hostProgram} status`)).toMatch(/ unchanged\nThe project is free\.\n$/)

  await host.sh(`${hostProgram} hold 'a test'`)
  const good = await release('good', { tag: 'good-2' })
  await using second = await upgrade(host, project, good, { inputs: { 'lock-timeout': '0s' } })
  const { locks, ...rest } = second.after
  expectUntouched(second.before, { ...rest, locks: [] })
  expect(locks).toHaveLength(1)
  expect(second.run.outputs).toMatchObject({ outcome: 'unchanged', reason: 'lock.busy', gate: 'not_run' })
  expect(second.run.errors[0]?.message).toContain('a hold of root ("a test")')
  await expectNoSecret(second.run, project.canaries, host)
  expect(await host.sh(`${hostProgram} release`)).toContain('Released')
})
