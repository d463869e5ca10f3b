import { expect, it } from '@jest/globals'
import { workerHost } from '../support/jest/worker-host.ts'
import { LIGHT_INPUTS, lightStack } from '../support/light-stack/light-stack.ts'
import { publish } from '../support/private-host/publish.ts'
import { deployRelease, expectSameAsBefore, expectTruthful, hostState } from '../support/scenario/scenario.ts'

/** As the entrypoint it serves; as `true`, which is the stack's health check, it fails from some moment on. */
const SCRIPT = `#!/bin/sh
case $0 in */true) [ ! -e /tmp/sick ]; exit ;; esac
(until grep -q evidence /tmp/phase 2>/dev/null; do sleep 0.2; done; : >/tmp/sick) &
exec "$@"
`

it('a release that turns unhealthy while the gate waits for evidence is taken out, not waited for', async () => {
  const host = workerHost()
  const stack = await lightStack(host)
  const reference = `${host.registry.address}/light:turns-unhealthy`
  const dockerfile = `FROM closed-loop-base/busybox
RUN rm /bin/true
COPY script /bin/true
COPY script /script
ENTRYPOINT ["sh", "/script"]
`
  const { imageId } = await publish(host, { reference, dockerfile, files: { script: SCRIPT } })
  const before = await hostState(host)

  await using run = await deployRelease(host, {
    image: { reference, imageId },
    inputs: LIGHT_INPUTS,
    // More than it ever logs: nothing but its health can end the wait before its time.
    variables: { CLOSED_LOOP_MIN_RUNTIME_STATUS: '100000' },
    onLine: (line) => {
      if (line.includes('of 100000 RUNTIME_STATUS'))
        void host.run('docker exec ai-trade sh -c "echo evidence >/tmp/phase"')
    },
  })

  const after = await hostState(host)
  expectSameAsBefore(before, after)
  expectTruthful(
    run,
    { outcome: 'rolled_back', reason: 'health.lost', gate: 'fail', fault: 'release' },
    { before, after, release: { reference, imageId } },
  )
  expect(run.errors[0]?.message).toContain('became unhealthy')
  expect(run.log).not.toContain('did not come within')
  expect((await host.run(`ls '${stack.projectDir}/data'`)).stdout).toBe('')
})
