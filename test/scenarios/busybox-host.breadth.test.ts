import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { workerHost } from '../support/jest/worker-host.ts'
import { type FurtherSshd, startFurtherSshd } from '../support/private-host/further-sshd.ts'
import {
  expectRolledBack,
  expectUpgraded,
  prepareScenarios,
  standing,
  upgrade,
} from '../support/scenario/scenario.ts'

const host = workerHost()
const PORT = 2201

/**
 * A host like Alpine: for everything that this sshd starts, the directories of programs hold busybox, docker
 * and nothing else. Other processes of the host, dockerd among them, see what they always see.
 */
const ONLY_BUSYBOX = `
tools=/run/only-busybox
mkdir -p "$tools/bin" "$tools/sbin"
cp "$(readlink -f "$(command -v busybox)")" "$tools/bin/busybox"
cp "$(readlink -f "$(command -v docker)")" "$tools/bin/docker"
cp /usr/sbin/sshd "$tools/sbin/sshd"
"$tools/bin/busybox" --install -s "$tools/bin"
ln -sf /bin/busybox "$tools/bin/ash"
for link in "$tools"/bin/*; do [ ! -h "$link" ] || ln -sf busybox "$link"; done
mount --bind "$tools/sbin" /usr/sbin
mount --bind /usr/sbin /usr/local/sbin
mount -t tmpfs tmpfs /usr/local/bin
exec 3<"$tools/bin/busybox"
"$tools/bin/mount" --bind "$tools/bin" /usr/bin
`

let sshd: FurtherSshd

beforeEach(async () => {
  // Another name for root, since root's own shell does not exist there.
  await host.sh(
    'useradd --non-unique --uid 0 --gid 0 --home-dir /root --no-create-home --shell /bin/ash --password "*" alpine',
  )
  sshd = await startFurtherSshd(host, {
    name: 'busybox',
    address: host.address,
    port: PORT,
    config: ['MaxSessions 2'],
    mounts: ONLY_BUSYBOX,
  })
})
afterEach(async () => {
  await sshd.stop()
  await host.sh(`rm -rf /run/only-busybox; sed -i '/^alpine:/d' /etc/passwd /etc/shadow`)
})

describe('a host that has busybox only', () => {
  it('promotes a good release and takes out a failing one', async () => {
    expect(
      await host.sh(
        `nsenter --target "$(cat /run/sshd-busybox/pid)" --mount sh -c 'for tool in /bin/sh /usr/bin/awk /usr/bin/stat; do readlink -f $tool; done; command -v bash perl dpkg-query; :'`,
      ),
    ).toBe('/usr/bin/busybox\n/usr/bin/busybox\n/usr/bin/busybox\n')
    const { release } = await prepareScenarios(host)
    const project = await standing(host, await release('good'))
    const inputs = {
      port: String(PORT),
      username: 'alpine',
      'private-key': sshd.clientKey,
      'known-hosts': sshd.knownHosts,
    }

    await using failed = await upgrade(host, project, await release('critical'), { inputs })
    await expectRolledBack(failed, { reason: 'gate.failed', gate: 'fail', fault: 'release' })
    // One beside the first two, for the first checks. Those two had to end before there were two for the rollback.
    const log = await sshd.log()
    expect(log.split('Starting session').length - 1).toBe(5)
    expect(log).toContain('no more sessions')

    await using upgraded = await upgrade(host, project, await release('good', { tag: 'good-2' }), { inputs })
    await expectUpgraded(upgraded, 'pass')
  })
})
