import { beforeAll, describe, expect, it } from '@jest/globals'
import { deployLight, otherThanRuns } from '../faults/cell.ts'
import { killJob } from '../faults/host-jobs.ts'
import { expectOldOrNew, settle, stackState } from '../faults/settled.ts'
import { watchHost } from '../faults/sight.ts'
import { workerHost } from '../support/jest/worker-host.ts'
import { type LightStack, lightStack } from '../support/light-stack/light-stack.ts'
import {
  expectNoSecret,
  expectPromoted,
  expectSameAsBefore,
  expectTruthful,
} from '../support/scenario/scenario.ts'

const FILE = '/opt/ai-trade/data/loop.lock'
const INPUTS = { 'host-lock-file': 'data/loop.lock' }
const TOKEN = 'loop-token-0f1e2d3c4b5a69788796a5b4c3d2e1f0'

const host = workerHost()
let stack: LightStack

/**
 * The scheduler sees the lock file by a bind mount, as its container's own loop needs it, and Debian's `flock`, which the
 * busybox of the image lacks. The runner notes down whether somebody has the file, and prints what it was told.
 */
beforeAll(async () => {
  stack = await lightStack(host)
  await host.sh(`cd '${stack.projectDir}' && mkdir -p data/reports
sed -i 's#^    container_name: ai-trade-scheduler#&\\n    volumes: ["./data:/data", "/usr/bin/flock:/usr/bin/flock:ro", "/lib/x86_64-linux-gnu:/lib/x86_64-linux-gnu:ro", "/lib64:/lib64:ro"]#' docker-compose.prod.yml
sed -i 's#^set -eu#&\\nif flock -n data/loop.lock true; then seen=free; else seen=held; fi\\necho "$seen, LOOP_LOCK_HELD=$LOOP_LOCK_HELD, $CLOSED_LOOP_GIT_COMMIT" >data/seen\\necho "my token is $LOOP_TOKEN"#' tools/closed_loop_runner.sh
docker compose -f docker-compose.prod.yml --env-file .env.runtime up -d
until [ "$(docker inspect --format '{{.State.Health.Status}}' ai-trade)" = healthy ]; do sleep 0.1; done`)
}, 300_000)

async function expectFree(): Promise<void> {
  expect(await host.run(`flock -n '${FILE}' true`)).toMatchObject({ code: 0 })
  expect(await host.sh("ps -eo args | grep -e '[f]lock 9' -e '[h]old_lock_file' || :")).toBe('')
}

describe('the lock file of the host', () => {
  it('is waited for while the scheduler is in the middle of a run, which ends before it is stopped', async () => {
    const before = await stackState(stack)
    const release = otherThanRuns(stack, before)
    // A run of the loop: it is over when somebody lets it.
    await host.sh(`docker exec -d ai-trade-scheduler flock /data/loop.lock sh -c 'echo begins >/data/turns
until [ -e /data/go ]; do sleep 0.1; done; echo ends >>/data/turns'
until [ -e data/turns ]; do cd '${stack.projectDir}'; sleep 0.1; done`)
    let told = ''

    await using run = await deployLight(stack, release, {
      env: { GITHUB_SHA: '0123456789abcdef0123456789abcdef01234567' },
      inputs: { ...INPUTS, 'runner-env': `LOOP_LOCK_HELD=1\nLOOP_TOKEN=${TOKEN}` },
      onLine: (line) => {
        if (!line.includes('The project is in use by process')) return
        told = line
        void host.sh(`touch '${stack.projectDir}/data/go'`)
      },
    })

    expectPromoted(before, await stackState(stack), release)
    const after = await stackState(stack)
    expect(await host.sh(`cat '${stack.projectDir}/data/turns'`)).toBe('begins\nends\n')
    expect(told).toContain('("flock /data/loop.lock sh -c echo begins')
    expect(told).toContain(
      'in the container ai-trade-scheduler), which holds the lock file /opt/ai-trade/data/loop.lock',
    )
    expect(run.log.split('▶ Check the host')).toHaveLength(3)
    expect(await host.sh(`cat '${stack.projectDir}/data/seen'`)).toBe(
      'held, LOOP_LOCK_HELD=1, 0123456789abcdef0123456789abcdef01234567\n',
    )
    await expectFree()
    expect(run.log).toContain('my token is ***')
    expectTruthful(
      run,
      { outcome: 'promoted', reason: '', gate: 'pass', fault: '' },
      { before, after, release },
    )
    await expectNoSecret(run, [...stack.canaries, TOKEN], host)
    // The runner's own words are the one place where it may be.
    expect(await host.sh(`grep -rlF '${TOKEN}' '${stack.projectDir}' | sed 's#.*/jobs/#jobs/#'`)).toBe(
      'jobs/assess/out\n',
    )
  }, 300_000)

  it('that somebody keeps for longer than lock-timeout: unchanged, and who it was', async () => {
    const before = await stackState(stack)
    const release = otherThanRuns(stack, before)
    const others = await host.sh(`setsid flock '${FILE}' sleep 600 >/dev/null 2>&1 & echo $!
while flock -n '${FILE}' true; do sleep 0.1; done`)

    await using run = await deployLight(stack, release, { inputs: { ...INPUTS, 'lock-timeout': '2s' } })

    const after = await stackState(stack)
    expect(after.containers).toEqual(before.containers)
    expect({ tags: after.tags, files: after.files }).toEqual({ tags: before.tags, files: before.files })
    expect({ locks: after.locks, processes: after.processes }).toEqual({ locks: [], processes: [] })
    expect(run.outputs).toMatchObject({ outcome: 'unchanged', reason: 'lock.busy', fault: 'environment' })
    expect(run.errors[0]?.message).toContain(`("flock ${FILE} sleep 600")`)
    await host.sh(`kill -- -${others.trim()}; sleep 0.2`)
    await expectFree()
  }, 300_000)

  it('is taken again where its holder and then the client are killed, and free once the guard has rolled back', async () => {
    const before = await stackState(stack)
    const release = otherThanRuns(stack, before)
    using watcher = await watchHost(host, stack.projectDir)
    const when = watcher
      .until((sight) => sight.file('jobs/assess/pid') !== undefined)
      .then(() => killJob(stack, watcher.transaction(), 'lock-file-1'))

    await using main = await deployLight(stack, release, {
      onLine: watcher.onLine,
      inputs: { ...INPUTS, 'runner-env': 'LOOP_LOCK_HELD=1\nLOOP_TOKEN=none' },
      cancel: { how: 'kill', when },
    })
    expect(main.cancelled.kind).toBe('sent')
    await watcher.until((sight) => /holding\n$/.test(sight.file('jobs/lock-file-2/facts') ?? ''))
    expect(await host.run(`flock -n '${FILE}' true`)).toMatchObject({ code: 1 })

    const settled = await expectOldOrNew(host, before, release, await settle(stack, watcher.transaction))
    expect(settled.standing).toBe('rolled_back')
    expectSameAsBefore(before, settled.after)
    expect(watcher.sight.states().join('\n')).toContain(`the job that held the lock file ${FILE} was killed`)
    await expectFree()
  }, 300_000)
})
