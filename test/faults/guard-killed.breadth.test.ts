import { beforeEach, describe, expect, it } from '@jest/globals'
import { casesOf } from '../support/jest/tiers.ts'
import { workerHost } from '../support/jest/worker-host.ts'
import { type LightStack, lightStack } from '../support/light-stack/light-stack.ts'
import { expectPromoted, expectSameAsBefore } from '../support/scenario/scenario.ts'
import { boundaryNamed } from './boundaries.ts'
import { deployLight, expectNextPromoted } from './cell.ts'
import { killJob } from './host-jobs.ts'
import { bootTriggers, stackState } from './settled.ts'
import { watchHost } from './sight.ts'

const host = workerHost()
let stack: LightStack

beforeEach(async () => {
  stack = await lightStack(host)
}, 300_000)

/** A deployment whose client and guard are both killed at a boundary; gives its transaction. */
async function abandonedAt(boundary: string): Promise<string> {
  const { reached } = boundaryNamed(boundary)
  using watcher = await watchHost(host, stack.projectDir)
  const when = watcher.until(reached).then(() => killJob(stack, watcher.transaction(), 'guard'))
  await using main = await deployLight(stack, stack.releases.other, {
    onLine: watcher.onLine,
    cancel: { how: 'kill', when },
  })
  expect({ log: main.log, cancelled: main.cancelled.kind }).toEqual({ log: main.log, cancelled: 'sent' })
  return watcher.transaction() ?? 'none'
}

async function stateOf(transaction: string): Promise<string> {
  return (await host.sh(`cat '${stack.projectDir}/.closed-loop/transactions/${transaction}/state'`)).trim()
}

const hostProgram = (words: string) => host.run(`sh '${stack.projectDir}/.closed-loop/host.sh' ${words}`)

describe('a client and the guard of its deployment, both killed', () => {
  it.each([
    ['confirming', 'promoted'],
    // By what it tells also in test/scenarios/guard.breadth.test.ts.
    ...casesOf('all', [
      ['up: old container is told to stop', 'rolled_back'],
      ['evidence starts', 'rolled_back'],
    ]),
  ])(
    'at "%s": the next deployment ends it (%s), tells so, and is promoted',
    async (boundary, end) => {
      const before = await stackState(stack)
      const left = await abandonedAt(boundary)

      await using next = await deployLight(stack, stack.releases.third)

      expect({ log: next.log, outcome: next.outputs.outcome }).toEqual({ log: next.log, outcome: 'promoted' })
      // A confirmation that had begun may still have come to its end, without anybody's help.
      expect([end, 'promoted']).toContain(await stateOf(left))
      const after = await stackState(stack)
      if ((await stateOf(left)) === 'rolled_back') {
        expect(next.warnings.map(({ message }) => message).join('\n')).toContain(left)
        expectPromoted(before, after, stack.releases.third)
      }
      expect(after.containers['ai-trade']?.imageId).toBe(stack.releases.third.imageId)
      expect({ locks: after.locks, processes: after.processes }).toEqual({ locks: [], processes: [] })
      expect(await bootTriggers(host)).toEqual([])
    },
    300_000,
  )

  it('is ended by a person: host.sh status says what to type, and host.sh recover does it', async () => {
    const before = await stackState(stack)
    const left = await abandonedAt('evidence starts')

    const status = await hostProgram('status')
    expect(status.stdout).toContain(left)
    expect(status.stdout).toContain('host.sh recover')
    const recovered = await hostProgram('recover')

    expect(recovered).toMatchObject({ code: 0 })
    expect(await stateOf(left)).toBe('rolled_back')
    const after = await stackState(stack)
    expectSameAsBefore(before, after)
    expect(await bootTriggers(host)).toEqual([])
    await expectNextPromoted(stack, after)
  }, 300_000)

  it('with a release of a person since: nothing is touched, and a person decides', async () => {
    const before = await stackState(stack)
    const left = await abandonedAt('evidence starts')
    const { reference } = stack.releases.third
    await host.sh(
      `cd '${stack.projectDir}' && docker login --username '${host.registry.username}' --password-stdin '${host.registry.address}' 2>&1 || exit 1
sed -i 's|^AI_TRADE_IMAGE=.*|AI_TRADE_IMAGE=${reference}|' .env.runtime
docker compose -f docker-compose.prod.yml --env-file .env.runtime up -d ai-trade watchdog 2>&1
until [ "$(docker inspect --format '{{.State.Health.Status}}' ai-trade)" = healthy ]; do sleep 0.1; done`,
      {
        stdin: host.registry.password,
      },
    )
    const byHand = await stackState(stack)

    await using next = await deployLight(stack, stack.releases.other)

    expect({ log: next.log, outcome: next.outputs.outcome, reason: next.outputs.reason }).toEqual({
      log: next.log,
      outcome: 'unchanged',
      reason: 'recover.foreign',
    })
    expect(next.errors[0]?.message).toContain(left)
    const untouched = await stackState(stack)
    expect(untouched.containers).toEqual(byHand.containers)
    expect(untouched.envFile).toEqual(byHand.envFile)
    expect(untouched.tags).toEqual(byHand.tags)

    const forced = await hostProgram(`rollback ${left}`)
    expect(forced).toMatchObject({ code: 0 })
    const after = await stackState(stack)
    const image = (state: typeof after) => state.containers['ai-trade']?.imageId
    expect(image(after)).toBe(image(before))
    expect(await stateOf(left)).toBe('rolled_back')
    await expectNextPromoted(stack, after)
  }, 300_000)
})
