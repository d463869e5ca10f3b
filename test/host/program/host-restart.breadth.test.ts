import { afterEach, describe, expect, it } from '@jest/globals'
import { itOf } from '../../support/jest/tiers.ts'
import { workerHost } from '../../support/jest/worker-host.ts'
import { type TransactionBench, transactionBench } from './transaction-bench.ts'

let bench: TransactionBench | undefined
afterEach(async () => bench?.[Symbol.asyncDispose]())

const OLD = {
  app: 'old running always',
  side: 'old running unless-stopped',
  later: 'later running always',
}

/** A release that is put in, and not confirmed yet; the deferred service is one that dockerd always starts again. */
async function applied(): Promise<TransactionBench & { readonly id: string }> {
  const made = await transactionBench()
  bench = made
  await made.host.sh('docker update --restart always small-later')
  const id = await made.prepare('small:new')
  expect(await made.job(id, 'apply')).toMatchObject({ code: 0, state: 'applied' })
  return { ...made, id }
}

const restartDockerd = () =>
  workerHost().sh('sh /etc/private-host/host.sh stop dockerd; sh /etc/private-host/host.sh start dockerd')

describe('a restart of dockerd while a release is judged', () => {
  it('brings no deferred service back, and after the rollback nothing of the release', async () => {
    const { id, job, running } = await applied()
    await restartDockerd()
    expect(await running()).toEqual({
      app: 'new running always',
      side: 'new running unless-stopped',
      later: expect.stringMatching(/^later exited no$/),
    })
    expect(await job(id, 'rollback')).toMatchObject({ code: 0, state: 'rolled_back' })
    expect(await running()).toEqual(OLD)
    await restartDockerd()
    expect(await running()).toEqual(OLD)
  })
})

describe('a restart of the host while a release is judged', () => {
  itOf('all')(
    'is followed by what cron starts then: what ran before comes back, and the trigger is gone',
    async () => {
      const { id, host, directory, running } = await applied()
      expect(await host.sh('crontab -l')).toMatch(
        new RegExp(`^@reboot sh .* # closed-loop-recover ${id}$`, 'm'),
      )
      // All that a restart ends: the guard, and the lease, which is one of the boot before.
      await host.sh(`cd ${directory}/.closed-loop
read -r guard _ <transactions/${id}/jobs/guard/pid
pkill -KILL -s "$guard"
for lock in lock "$(cat transactions/${id}/project-lock)"; do
  top=$(ls "$lock" | grep -x '[0-9]*' | sort -n | tail -n 1)
  sed -i '1s/.*/renewed\\tanother-boot 7 7/' "$lock/$top"
done
sh /etc/private-host/host.sh stop cron; rm -f /run/crond.reboot /run/crond.pid; sh /etc/private-host/host.sh start cron
until [ "$(cat transactions/${id}/state)" = rolled_back ] && ! pgrep -f '[.]closed-loop/' >/dev/null; do sleep 0.2; done`)
      expect(await running()).toEqual(OLD)
      expect(await host.sh('crontab -l 2>&1 || :')).toContain('no crontab')
      expect(await host.sh(`tail -n 1 ${directory}/.closed-loop/transactions/${id}/journal`)).toContain(
        'ended after a restart of the host: rolled_back',
      )
    },
  )

  it('carries a confirmation that had begun to its end', async () => {
    const { id, host, directory, job, running } = await applied()
    const ready = await host.sh(
      `docker inspect --format '{{.Id}}{{"\\t"}}{{.State.StartedAt}}{{"\\t"}}{{.Image}}{{"\\t"}}{{index .Config.Labels "com.docker.compose.service"}}' small-app small-side`,
    )
    // As a confirmation leaves it that dies when it has written down that it began.
    await host.sh(
      `cat >${directory}/.closed-loop/transactions/${id}/ready; echo 'another-boot 7' >${directory}/.closed-loop/transactions/${id}/ready-clock; echo confirming >${directory}/.closed-loop/transactions/${id}/state`,
      { stdin: ready },
    )
    await restartDockerd()
    expect(await job(id, 'recover')).toMatchObject({ code: 0, state: 'promoted' })
    expect(await running()).toEqual({
      app: 'new running always',
      side: 'new running unless-stopped',
      later: 'later running always',
    })
  })

  it('asks a person where somebody has deployed by hand since', async () => {
    const { id, host, directory, job, running } = await applied()
    await host.sh(`cd ${directory} && printf 'FROM closed-loop-base/busybox\\nLABEL is=theirs\\n' | DOCKER_BUILDKIT=0 docker build --quiet --tag small:theirs -
sed -i 's/^AI_TRADE_IMAGE=.*/AI_TRADE_IMAGE=small:theirs/' .env.runtime
docker compose -f compose.yml --env-file .env.runtime up -d app side`)
    const theirs = await running()
    const recovered = await job(id, 'recover')
    expect(recovered).toMatchObject({ code: 67, state: 'applied' })
    expect(recovered.facts.map((fact) => fact.replace(/sha256:.*/, 'ID')).toSorted()).toEqual([
      'problem foreign env AI_TRADE_IMAGE',
      'problem foreign image app small-app ID',
      'problem foreign image side small-side ID',
    ])
    expect(await running()).toEqual(theirs)
    expect(await job(id, 'rollback')).toMatchObject({ code: 0, state: 'rolled_back' })
    expect(await running()).toEqual(OLD)
  })
})
