import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { type TransactionBench, transactionBench } from './transaction-bench.ts'

let bench: TransactionBench
beforeEach(async () => {
  bench = await transactionBench()
}, 120_000)
afterEach(async () => {
  await bench.host.sh(
    'for place in /tmp /var/tmp; do while mountpoint -q "$place"; do umount -l "$place"; done; done',
  )
  await bench[Symbol.asyncDispose]()
})

const OLD = {
  app: 'old running always',
  side: 'old running unless-stopped',
  later: 'later running on-failure',
}

/** Both are file systems of their own, with room until they are filled. */
const OWN_FILE_SYSTEMS = `for place in /tmp /var/tmp; do mount -t tmpfs -o size=1m,nr_inodes=200,mode=1777 tmpfs "$place"; done`
const FILL = `for place in /tmp /var/tmp; do
  number=0; while (: >"$place/filler.$number") 2>/dev/null; do number=$((number + 1)); done
  cat /dev/zero >"$place/filler.0" 2>/dev/null
done; :`

describe('a host whose /tmp and /var/tmp are full', () => {
  it('puts back what ran before, also by what a client sends', async () => {
    // A healthcheck runs by a file in /tmp, which containerd cannot write then.
    await bench.host.sh(`cd ${bench.directory} && sed -i '/healthcheck:/d' compose.yml &&
docker compose -f compose.yml --env-file .env.runtime up -d app 2>/dev/null`)
    await bench.host.sh(OWN_FILE_SYSTEMS)
    const id = await bench.prepare('small:new')
    await bench.host.sh(FILL)
    expect(await bench.job(id, 'apply')).toMatchObject({ code: 0, state: 'applied' })
    expect(await bench.running()).toMatchObject({ app: 'new running always' })
    expect(await bench.rollbackByHand(id)).toMatchObject({ code: 0, state: 'rolled_back' })
    expect(await bench.running()).toEqual(OLD)
  }, 240_000)

  it('lets nothing begin, and says where and why', async () => {
    await bench.host.sh(`${OWN_FILE_SYSTEMS}\n${FILL}`)
    await expect(bench.prepare('small:new')).rejects.toThrow(
      /the lock of project small cannot be (?:kept|written) in \/var\/tmp\/closed-loop-locks.*No space left on device/u,
    )
    expect(await bench.running()).toEqual(OLD)
  }, 120_000)
})

describe('what ran before, and takes its time to become healthy', () => {
  it('is not stopped for that, and verified without a restart', async () => {
    // The first check comes 15 s after a start.
    await bench.host.sh(`cd ${bench.directory} && sed -i 's/interval: 1s/interval: 15s/' compose.yml &&
docker compose -f compose.yml --env-file .env.runtime up -d --wait app 2>/dev/null`)
    const id = await bench.prepare('small:new', { onRollbackFailure: 'stop' })
    expect(await bench.job(id, 'apply')).toMatchObject({ code: 0, state: 'applied' })
    const impatient =
      await bench.host.run(`cd ${bench.directory} && CLOSED_LOOP_LIBRARY=yes CLOSED_LOOP_CLEAN=yes && . ./program.sh
STATE_DIR=${bench.directory}/.closed-loop; health_patience() { echo 0; }
open_transaction ${id} && job_rollback`)
    expect(impatient.stdout).toContain('fact\tstill_starting\tsmall-app\nfact')
    expect(impatient.stdout).not.toContain('fact\tstopped')
    expect(await bench.running()).toEqual(OLD)
    const boot = `docker inspect --format '{{.Id}} {{.State.StartedAt}}' small-app`
    const before = await bench.host.sh(boot)
    expect(await bench.rollbackByHand(id)).toMatchObject({ code: 0, state: 'rolled_back' })
    expect(await bench.host.sh(boot)).toBe(before)
  }, 240_000)
})
