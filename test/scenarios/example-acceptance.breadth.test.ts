/**
 * The example as a stranger uses it: the whole folder copied to a host, and the start and acceptance commands of its
 * README typed there. Times are shortened by the env file alone.
 */
import { beforeAll, describe, expect, it } from '@jest/globals'
import { runnableBlocks } from '../support/docs/code-blocks.ts'
import { workerHost } from '../support/jest/worker-host.ts'
import { baseImages } from '../support/private-host/base-images.ts'
import { exampleFile, exampleFiles, placeFiles } from '../support/releases/example-files.ts'
import { prepareScenarios, pullImages, resetHost } from '../support/scenario/scenario.ts'

const host = workerHost()
const REPORTS = '/opt/ai-trade/data/reports/closed_loop'

/** In the project directory, by the shell that people have, with what a host may lack. */
function typed(script: string, timeoutSeconds = 120): Promise<string> {
  return host.sh('cat >/tmp/typed && cd /opt/ai-trade && exec bash -e -o pipefail /tmp/typed </dev/null', {
    stdin: `command -v rg >/dev/null || rg() { grep -E "$@"; }\n${script}`,
    timeoutSeconds,
  })
}

const runnable = runnableBlocks(exampleFile('README.md')).map(({ text }) => text)
const taken = new Set<string>()

/** The code block of the README that is marked as runnable and begins so. */
function readmeBlock(beginning: string): string {
  const found = runnable.find((text) => text.startsWith(beginning))
  if (found === undefined) throw new Error(`the README has no runnable block that begins with ${beginning}`)
  taken.add(found)
  return found
}

async function logged(container: string, words: string): Promise<void> {
  await host.sh(`until docker logs ${container} 2>&1 | grep -qF '${words}'; do sleep 0.2; done`, {
    timeoutSeconds: 60,
  })
}

async function json(path: string) {
  return JSON.parse(await host.sh(`cat '${REPORTS}/${path}'`))
}

beforeAll(async () => {
  const { release, research, scheduler } = await prepareScenarios(host)
  const good = await release('good')
  await resetHost(host)
  const files = Object.entries(exampleFiles()).map(([path, content]) => ({ path, content, mode: '0644' }))
  await host.sh('sh', { stdin: placeFiles('/opt/ai-trade', files) })
  await pullImages(host, good.reference, research.reference, scheduler.reference)
  await typed(readmeBlock('install -m 600 .env.example .env.runtime'))
  await typed(`
sed -i -e 's|^AI_TRADE_BYBIT_DEMO_API_KEY=.*|&a-key|' -e 's|^AI_TRADE_BYBIT_DEMO_API_SECRET=.*|&a-secret|' \\
  -e 's|^AI_TRADE_IMAGE=.*|AI_TRADE_IMAGE=${good.reference}|' \\
  -e 's|^AI_TRADE_RESEARCH_IMAGE=.*|AI_TRADE_RESEARCH_IMAGE=${research.reference}|' .env.runtime
cat >>.env.runtime <<'END'
AI_TRADE_SCHEDULER_IMAGE=${scheduler.reference}
AI_TRADE_NODE_IMAGE=${baseImages.node}
AI_TRADE_TICK_MILLISECONDS=100
AI_TRADE_STATUS_EVERY_TICKS=1
AI_TRADE_HEALTH_INTERVAL=1s
AI_TRADE_WATCHDOG_INTERVAL_SECONDS=1
AI_TRADE_SCHEDULER_DELAY_SECONDS=4
AI_TRADE_KEEP_RUNS=3
END`)
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
    expect((await host.sh(`ls '${REPORTS}/${meta.run_id}'`)).split('\n')).toEqual([
      ...['closed_loop_report.json', 'run.json', 'run_meta.json', 'runtime.log', 'runtime_assess.json'],
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
    expect(runnable.filter((text) => !taken.has(text))).toEqual([])
  })
})
