import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { boundaryNamed } from '../faults/boundaries.ts'
import { deployLight, explained, otherThanRuns } from '../faults/cell.ts'
import { bootTriggers, expectOldOrNew, settle, stackState } from '../faults/settled.ts'
import { watchHost } from '../faults/sight.ts'
import { type LightStack, lightStack } from '../support/light-stack/light-stack.ts'
import { cutPower } from '../support/private-host/power-cut.ts'
import { startPrivateHost } from '../support/private-host/private-host.ts'
import { provideRoot } from '../support/private-host/provision.ts'

/** The newest systemd that can be had, and Docker as its own units start it. */
const RELEASE = 'forky'

let stack: LightStack

beforeAll(async () => {
  const log = (line: string) => process.stderr.write(`[systemd] ${line}\n`)
  await provideRoot(RELEASE, log)
  const host = await startPrivateHost({
    name: `systemd-${process.pid}`,
    log,
    kind: { release: RELEASE, store: 'docker', init: 'systemd' },
  })
  stack = await lightStack(host)
}, 900_000)

afterAll(async () => {
  await stack?.host.stop()
}, 60_000)

it('is a unit that systemd runs after a power cut, and that restores what ran before, where nobody else is left to', async () => {
  const { host, projectDir } = stack
  expect(await host.sh('cat /proc/1/comm')).toBe('systemd\n')
  const before = await stackState(stack)
  const release = otherThanRuns(stack, before)
  using watcher = await watchHost(host, projectDir)
  const when = watcher.until(boundaryNamed('evidence starts').reached)
  let units: readonly string[] = []
  const restarted = when.then(async () => {
    units = await bootTriggers(host)
    return cutPower(host).on
  })
  restarted.catch(() => undefined)
  await using _main = await deployLight(stack, release, {
    onLine: watcher.onLine,
    cancel: { how: 'kill', when },
  })
  stack = { ...stack, host: await restarted }

  const unit = `closed-loop-recover-ai-trade-${watcher.transaction()}.service`
  expect(units).toEqual([unit])
  await explained(stack, watcher, async () => {
    const settled = await expectOldOrNew(
      stack.host,
      before,
      release,
      await settle(stack, watcher.transaction),
    )
    expect(settled.standing).toBe('rolled_back')
  })
  // The guard died with the power, and nobody asked the host for anything since: this unit did it.
  const told = await stack.host.sh(`journalctl --no-pager --output cat UNIT=${unit} + _SYSTEMD_UNIT=${unit}`)
  expect(told).toContain('which a restart of the host cut short')
  const enabled = await stack.host.sh('ls -A /etc/systemd/system/multi-user.target.wants')
  expect(enabled).not.toContain('closed-loop')
}, 400_000)
