import { afterEach, describe, expect, it } from '@jest/globals'
import { workerHost } from '../support/jest/worker-host.ts'
import { LIGHT_INPUTS, LIGHT_VARIABLES, lightStack } from '../support/light-stack/light-stack.ts'
import { deployRelease } from '../support/scenario/deploy.ts'
import { expectNoSecret } from '../support/scenario/scenario.ts'

const host = workerHost()
const HELPERS = ['pass', 'docker-credential-pass', 'docker-credential-secretservice']

/** Helpers that keep what they are given, as the real ones do. */
const LAY_OUT = `mkdir -p /root/.docker /var/tmp/keyring
for name in ${HELPERS.join(' ')}; do
  printf '#!/bin/sh\\necho "$0 $*" >>/var/tmp/keyring/calls\\ncat >>/var/tmp/keyring/kept\\n' >"/usr/local/bin/$name"
  chmod 755 "/usr/local/bin/$name"
done
printf '{"credsStore": "%s"}' secretservice >/root/.docker/config.json
touch /var/tmp/keyring/before`

afterEach(async () => {
  await host.sh(
    `rm -rf /var/tmp/keyring /root/.docker/config.json; cd /usr/local/bin && rm -f ${HELPERS.join(' ')}`,
  )
})

describe('a registry token', () => {
  it('is nowhere on the host after the pull, and no credential helper has seen it', async () => {
    const { releases, canaries } = await lightStack(host)
    await host.sh(LAY_OUT)

    await using run = await deployRelease(host, {
      image: releases.other,
      inputs: LIGHT_INPUTS,
      variables: LIGHT_VARIABLES,
    })

    expect(run.outputs).toMatchObject({ outcome: 'promoted', 'image-id': releases.other.imageId })
    expect(await host.sh('cat /var/tmp/keyring/calls 2>/dev/null || echo none')).toBe('none\n')
    expect(await host.sh('cat /root/.docker/config.json')).toBe('{"credsStore": "secretservice"}')
    const { username, password } = host.registry
    for (const trace of [password, Buffer.from(`${username}:${password}`).toString('base64')]) {
      const found = await host.run(
        `cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ >/var/tmp/keyring/processes 2>/dev/null
find /etc /home /opt /root /run /srv /usr/local /var /tmp /dev/shm -type f -newer /var/tmp/keyring/before -exec grep -lF "$(cat)" {} + 2>/dev/null`,
        { stdin: trace },
      )
      expect(found.stdout).toBe('')
    }
    await expectNoSecret(run, canaries, host)
  })
})
