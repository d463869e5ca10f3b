/**
 * The example as a stranger uses it: the whole folder copied to a host, and the start and acceptance commands of its
 * README typed there. Times are shortened by the env file alone.
 */
import { beforeAll, describe, expect, it } from '@jest/globals'
import { workerHost } from '../support/jest/worker-host.ts'
import type { Project } from '../support/releases/project.ts'
import * as example from '../support/scenario/example.ts'
import { prepareScenarios } from '../support/scenario/scenario.ts'

const host = workerHost()
const typed = (script: string) => example.typed(host, script)
const logged = (container: string, words: string) => example.logged(host, container, words)

let project: Project
const taken = new Set<string>()

/** The code block of the README that is marked as runnable and begins so. */
function readmeBlock(beginning: string): string {
  const found = example.exampleBlock(beginning)
  taken.add(found)
  return found
}

async function json(path: string) {
  return JSON.parse(await host.sh(`cat '${project.reportRoot}/${path}'`))
}

beforeAll(async () => {
  const { release } = await prepareScenarios(host)
  project = await example.placeExample(host, await release('good'), {
    AI_TRADE_SCHEDULER_DELAY_SECONDS: '4',
    AI_TRADE_KEEP_RUNS: '3',
  })
  // It was typed to place it.
  readmeBlock('install -m 600 .env.example .env.runtime')
}, 300_000)

describe('the example, copied to a host', () => {
  it('starts by its README, and passes the first acceptance', async () => {
    await typed(readmeBlock('cd /opt/ai-trade\nset -a'))
    await logged('ai-trade-watchdog', 'All systems operational')
    await logged('ai-trade-scheduler', 'closed loop full finished')

    const shown = await typed(readmeBlock('# 1)'))
    for (const container of ['ai-trade', 'ai-trade-watchdog', 'ai-trade-scheduler'])
      expect(shown).toMatch(new RegExp(`^${container}\\s+Up `, 'm'))
    for (const words of ['[Watchdog] All systems operational.', 'closed loop full started'])
      expect(shown).toContain(words)
    for (const report of ['closed_loop_report', 'runtime_assess', 'run_meta'])
      expect(shown).toMatch(
        new RegExp(`^-rw-r--r-- .* data/reports/closed_loop/latest_${report}\\.json$`, 'm'),
      )

    const meta = await json('latest_run_meta.json')
    expect(meta).toMatchObject({ action: 'full', overall_status: 'PASS', runtime_verdict: 'PASS' })
    expect(meta.run_id).toMatch(/^\d{8}T\d{6}Z$/)
    expect(await json('latest_runtime_assess.json')).toMatchObject({ verdict: 'PASS' })
    const { overall_status, sections } = await json('latest_closed_loop_report.json')
    expect({ overall_status, registry: sections.registry.activation }).toEqual({
      ...{ overall_status: 'PASS', registry: 'activated' },
    })
    expect((await host.sh(`ls '${project.reportRoot}/${meta.run_id}'`)).split('\n')).toEqual([
      ...[
        'closed_loop_report.json',
        'run.json',
        'run_manifest.json',
        'run_meta.json',
        'runtime.log',
        'runtime_assess.json',
      ],
      ...['training.json', ''],
    ])
    expect((await json('latest_daily_summary.json')).runs).toMatchObject({ by_status: { PASS: 1 } })
    await logged('ai-trade', `SELF_EVOLUTION_MODEL: active=${sections.registry.model_id}`)
  })

  it('is watched: what stops, and what hangs, is seen', async () => {
    await host.sh('docker stop ai-trade')
    await logged('ai-trade-watchdog', '[ALERT] container ai-trade is exited')
    await host.sh('docker start ai-trade')
    await host.sh(
      'until docker logs --tail 1 ai-trade-watchdog 2>&1 | grep -q operational; do sleep 0.2; done',
    )
    // A heartbeat of long ago, while nothing beats any more.
    const checked = await host.run(`docker kill --signal STOP ai-trade >/dev/null
docker exec ai-trade sh -c 'echo 1 >/tmp/heartbeat; sh /app/healthcheck.sh'
code=$?
docker kill --signal CONT ai-trade >/dev/null
exit $code`)
    expect(checked).toMatchObject({ code: 1, stdout: expect.stringContaining('no heartbeat since') })
    await host.sh(
      "until docker exec ai-trade sh /app/healthcheck.sh && docker inspect --format '{{.State.Health.Status}}' ai-trade | grep -qx healthy; do sleep 0.2; done",
    )
    // It hears SIGTERM, and is not killed after its grace period.
    await host.sh('docker stop ai-trade-watchdog')
    expect(await host.sh("docker inspect --format '{{.State.ExitCode}}' ai-trade-watchdog")).toBe('0\n')
    await host.sh('docker start ai-trade-watchdog')
  })

  it('runs by cron, two runs at the same minute one after the other, and keeps only the newest', async () => {
    await typed(readmeBlock('sh ops/cron/install_closed_loop_cron.sh install'))
    await typed(`
sh ops/cron/install_closed_loop_cron.sh install
sh ops/cron/install_closed_loop_cron.sh install
[ "$(crontab -l)" = "$(sh ops/cron/install_closed_loop_cron.sh print)" ]
crontab -l | sed -e 's/^15 [^ ]* /* * /' -e 's/^30 3 /* * /' | crontab -
for log in cron_assess cron_full; do
  until [ -f "data/$log.log" ] && grep -q 'finished:' "data/$log.log"; do sleep 0.2; done
done
sh ops/cron/install_closed_loop_cron.sh uninstall
while pgrep -f tools/closed_loop_runner.sh >/dev/null; do sleep 0.2; done`)
    expect((await host.run('crontab -l')).code).not.toBe(0)
    const actions = await typed(`
cat data/reports/closed_loop/*/run.json
{
${readmeBlock('sh tools/closed_loop_runner.sh assess')}} >/dev/null
ls data/reports/closed_loop | grep -c '^2'
docker ps --all --format '{{.Names}}' | sort | tr '\\n' ' '`)
    expect(actions).toContain('"action":"assess","stage":"S5"')
    expect(actions.split('\n').slice(-2)).toEqual(['3', 'ai-trade ai-trade-scheduler ai-trade-watchdog '])
  }, 180_000)

  it('leaves no container behind a runner that was killed', async () => {
    await typed(`
setsid sh tools/closed_loop_runner.sh full --run-id killed >/dev/null 2>&1 &
runner=$!
until docker ps --quiet --filter name=ai-trade-research-killed | grep -q .; do :; done
kill -KILL "-$runner"
until [ -z "$(docker ps --all --quiet --filter name=ai-trade-research-)" ]; do sleep 0.2; done`)
  })

  it('is developed beside it, built from the folder alone', async () => {
    await typed(`
docker compose -f docker-compose.yml config --quiet
AI_TRADE_IMAGE=dummy docker compose -f docker-compose.prod.yml --profile research config | rg -q 'image: dummy'
export DOCKER_BUILDKIT=0
docker compose --env-file .env.runtime --profile research build
docker compose --env-file .env.runtime up -d
until [ "$(docker inspect --format '{{.State.Health.Status}}' ai-trade-dev-ai-trade-1)" = healthy ]; do sleep 0.2; done
until sh tools/closed_loop_runner.sh full --compose-file docker-compose.yml --output-root data/dev; do sleep 0.2; done
docker compose down`)
    expect(JSON.parse(await host.sh('cat /opt/ai-trade/data/dev/latest_run_meta.json'))).toMatchObject({
      ...{ action: 'full', overall_status: 'PASS' },
    })
  })

  it('was typed as its README has it: no block that is marked as runnable was left out', () => {
    expect(example.exampleBlocks.filter((text) => !taken.has(text))).toEqual([])
  })
})
