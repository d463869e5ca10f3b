import { afterEach, beforeEach, expect, it } from '@jest/globals'
import { workerHost } from '../support/jest/worker-host.ts'
import { type FurtherSshd, startFurtherSshd } from '../support/private-host/further-sshd.ts'
import { prepareScenarios, standing, upgrade } from '../support/scenario/scenario.ts'
import { expectUnchanged } from '../support/scenario/unchanged.ts'

const host = workerHost()
const PORT = 2200
const WRAPPER = '/run/as-logind'

/**
 * As systemd-logind with KillUserProcesses=yes: what a login has started ends with it, in whatever session it is. Here it
 * is known by a file that it has open, there by its control group.
 */
const KILLING_LOGIN = `#!/bin/sh
mark=$(mktemp /run/login.XXXXXX)
exec 5<"$mark"
sh -c "$SSH_ORIGINAL_COMMAND"
code=$?
exec 5<&-
for process in /proc/[0-9]*; do
  [ "$(readlink "$process/fd/5" 2>/dev/null)" != "$mark" ] || kill -KILL "\${process#/proc/}"
done
rm -f "$mark"
exit "$code"
`

let sshd: FurtherSshd

beforeEach(async () => {
  await host.sh(`cat >${WRAPPER}; chmod 755 ${WRAPPER}`, { stdin: KILLING_LOGIN })
  sshd = await startFurtherSshd(host, {
    name: 'logind',
    address: host.address,
    port: PORT,
    config: [`ForceCommand ${WRAPPER}`],
  })
})
afterEach(async () => {
  await sshd.stop()
  await host.sh(`rm -f ${WRAPPER} /run/login.*`)
})

it('a host that ends what a login leaves running is refused before anything of ours is there', async () => {
  const { release } = await prepareScenarios(host)
  const project = await standing(host, await release('good'))

  await using refused = await upgrade(host, project, await release('good', { tag: 'good-2' }), {
    inputs: { port: String(PORT), 'private-key': sshd.clientKey, 'known-hosts': sshd.knownHosts },
  })

  await expectUnchanged(refused, { reason: 'preflight.refused', fault: 'environment' })
  expect(refused.run.errors[0]?.message).toContain('KillUserProcesses=no')
  expect(await host.sh(`ls '${project.projectDir}/.closed-loop'`)).not.toContain('transactions')
})
