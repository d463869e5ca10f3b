import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { workerHost } from '../support/jest/worker-host.ts'
import { type FurtherSshd, startFurtherSshd } from '../support/private-host/further-sshd.ts'
import {
  expectRolledBack,
  expectUpgraded,
  laidOut,
  prepareScenarios,
  standing,
  upgrade,
} from '../support/scenario/scenario.ts'
import { expectNeverThere, expectUnchanged } from '../support/scenario/unchanged.ts'

const host = workerHost()
const PORT = 2200

/** What people put into it: it talks on both streams, asks, changes the shell, and does not end its last line. */
const CHATTY_BASHRC = `
echo 'Welcome to this host'
echo 'W: the certificate expires soon' >&2
alias docker='docker --debug' ls='ls --color=always' rm='rm -i' sh='sh -x'
docker() { echo 'not the real docker'; }
cd() { builtin cd "$@" && echo "$PWD"; }
export -f docker cd
trap 'echo "good bye"' EXIT
trap 'echo interrupted' INT TERM HUP
set -o noclobber
umask 000
export AI_TRADE_IMAGE=registry.invalid/from-the-login:1 COMPOSE_PROJECT_NAME=another COMPOSE_FILE=/nowhere.yml
export GREP_OPTIONS=--color=always POSIXLY_CORRECT=1 CDPATH=/:/tmp IFS=: LC_ALL=POSIX TMPDIR=/nowhere
cd /
read -r -p 'Which environment? ' answer
read -r -t 5 answer
case $- in *i*) ;; *) set -eu ;; esac
printf 'deploy@host$ '
printf 'another one> ' >&2
`

let sshd: FurtherSshd

async function started(maxSessions: number): Promise<Readonly<Record<string, string>>> {
  sshd = await startFurtherSshd(host, {
    name: 'account',
    address: host.address,
    port: PORT,
    config: [`MaxSessions ${maxSessions}`, 'AllowUsers deploy', 'StrictModes yes'],
  })
  return {
    port: String(PORT),
    username: 'deploy',
    'private-key': sshd.clientKey,
    'known-hosts': sshd.knownHosts,
  }
}

beforeEach(async () => {
  // As the README tells; the plugin is where an account without root's help puts it.
  await host.sh(
    `
set -e
useradd --create-home --shell /bin/bash --groups docker --password '*' deploy
mkdir -p ~deploy/.docker/cli-plugins
cp "$(ls /root/.docker/cli-plugins/docker-compose /usr/local/lib/docker/cli-plugins/docker-compose \
  /usr/libexec/docker/cli-plugins/docker-compose /usr/lib/docker/cli-plugins/docker-compose 2>/dev/null | head -n 1)" \
  ~deploy/.docker/cli-plugins/docker-compose
cat >~deploy/.bashrc
chown -R deploy:deploy ~deploy`,
    { stdin: CHATTY_BASHRC },
  )
})
afterEach(async () => {
  await sshd.stop()
  await host.sh('userdel --force --remove deploy 2>/dev/null || :; ! id deploy 2>/dev/null')
})

describe('an account of the docker group that owns the project, with a chatty profile, at two sessions', () => {
  it('promotes a good release and takes out a failing one; files stay its own', async () => {
    const inputs = await started(2)
    const { release } = await prepareScenarios(host)
    const project = await standing(host, await release('good'))
    await host.sh(`chown -R deploy:deploy '${project.projectDir}'`)

    await using failed = await upgrade(host, project, await release('critical'), { inputs })
    await expectRolledBack(failed, { reason: 'gate.failed', gate: 'fail', fault: 'release' })

    await using upgraded = await upgrade(host, project, await release('good', { tag: 'good-2' }), { inputs })
    await expectUpgraded(upgraded, 'pass')
    const { mode, owner } = upgraded.after.envFile
    const uid = (await host.sh('id -u deploy; id -g deploy')).trim().replace('\n', ':')
    expect({ mode, owner }).toEqual({ mode: '600', owner: uid })

    expect(
      await host.sh(
        `
find '${project.projectDir}/.closed-loop' '${project.projectDir}/data' ! -user deploy
find '${project.projectDir}/.closed-loop' -maxdepth 0 ! -perm 700
grep -rlF "$(cat)" /home/deploy || :`,
        { stdin: host.registry.password },
      ),
    ).toBe('')
    const words = `${upgraded.run.log}${failed.run.log}`
    for (const noise of ['Welcome to this host', 'certificate expires', 'good bye', 'deploy@host']) {
      expect(words).not.toContain(noise)
    }
  })
})

describe('a server that allows one session in a connection', () => {
  it('is told so before anything is touched', async () => {
    const inputs = await started(1)
    const { release } = await prepareScenarios(host)
    const good = await release('good')
    const project = await laidOut(host, good)
    await host.sh(`chown -R deploy:deploy '${project.projectDir}'`)

    await using refused = await upgrade(host, project, good, { inputs })

    await expectUnchanged(refused, { reason: 'ssh.shell_unusable', fault: 'environment' })
    await expectNeverThere(refused)
    expect(refused.run.errors[0]?.message).toContain('MaxSessions')
  })
})
