/**
 * The example's cron on a shortened schedule: its own lines, many of them each minute, on a host that the action has
 * deployed to. They queue on the project's lock. Two runs are ended from outside in the middle.
 */
import { beforeAll, describe, expect, it } from '@jest/globals'
import { workerHost } from '../support/jest/worker-host.ts'
import {
  CLOSED_LOOP,
  type CronRun,
  cronRuns,
  endRunAtWork,
  FOOTPRINT,
  type Footprint,
  footprintOf,
  researchContainers,
  shortened,
  watched,
} from '../support/scenario/cron.ts'
import { placeExample } from '../support/scenario/example.ts'
import {
  deployRelease,
  expectUntouched,
  type HostState,
  hostState,
  prepareScenarios,
} from '../support/scenario/scenario.ts'

const KEEP = 5
const LINES = { assessS5: 5, assessS3: 5, full: 2, train: 2 }
const MINUTES = 3
const RUNS = MINUTES * Object.values(LINES).reduce((sum, count) => sum + count)

const host = workerHost()

/** In the project directory. */
const typed = (script: string, { timeoutSeconds = 120, stdin = '' } = {}) =>
  host.sh(`cd /opt/ai-trade || exit\n${script}`, { timeoutSeconds, stdin })
const json = async (path: string) => JSON.parse(await typed(`cat '${CLOSED_LOOP}/${path}'`))

let before: HostState
let after: HostState
let early: Footprint
let late: Footprint
let runs: readonly CronRun[]
let containers: readonly string[]
let countedBefore: Readonly<Record<string, number>>

/** How many runs the summaries count by that, of all weeks that there are. */
async function counted(by: 'by_action' | 'by_status'): Promise<Readonly<Record<string, number>>> {
  const weeks = await typed(
    `cd '${CLOSED_LOOP}/summary' && for week in weekly_*.json; do base64 -w 0 "$week"; echo; done`,
  )
  const counts = weeks
    .trimEnd()
    .split('\n')
    .map((week) => JSON.parse(Buffer.from(week, 'base64').toString()).runs[by])
  const names = [...new Set(counts.flatMap((one) => Object.keys(one)))]
  return Object.fromEntries(
    names.map((name) => [name, counts.reduce((sum, one) => sum + (one[name] ?? 0), 0)]),
  )
}

beforeAll(async () => {
  const { release } = await prepareScenarios(host)
  const good = await release('good')
  await placeExample(host, good, {
    AI_TRADE_TICK_MILLISECONDS: '200',
    AI_TRADE_HEALTH_INTERVAL: '2s',
    AI_TRADE_SCHEDULER_DELAY_SECONDS: '86400',
    AI_TRADE_MARKET_DATA: '/opt/ai-trade/data/market.csv',
    AI_TRADE_KEEP_RUNS: String(KEEP),
  })
  // So that the log is rotated meanwhile, and still whole.
  await typed(`cp market-data/synthetic-4h.csv data/market.csv
sed -i -e 's/max-size: 20m/max-size: 128k/' -e 's/max-file: "5"/max-file: "20"/' docker-compose.prod.yml
sh ops/cron/install_closed_loop_cron.sh install`)
  {
    await using deployed = await deployRelease(host, { image: good })
    expect(deployed.outputs.outcome).toBe('promoted')
  }
  before = await hostState(host)
  countedBefore = await counted('by_action')

  const schedule = shortened(await typed('crontab -l'), LINES)
  await typed('mkdir data/cron')
  await using watch = await watched(host)
  await typed('crontab -', { stdin: schedule })
  await typed(endRunAtWork('KILL', 4))
  const [footprint] = await Promise.all([
    typed(FOOTPRINT(12), { timeoutSeconds: 400 }),
    typed(endRunAtWork('TERM', 20), { timeoutSeconds: 400 }),
    // Whoever waits for the lock meanwhile: not one minute more.
    typed(
      `until [ "$(ls data/cron | wc -l)" -ge ${RUNS} ]; do sleep 0.2; done
sh ops/cron/install_closed_loop_cron.sh uninstall`,
      { timeoutSeconds: 400 },
    ),
  ])
  early = footprintOf(footprint)
  await typed(`while pgrep -f 'tools/closed_loop_[r]unner' >/dev/null; do sleep 0.2; done`, {
    timeoutSeconds: 300,
  })
  late = footprintOf(await typed(FOOTPRINT(RUNS - 2)))
  after = await hostState(host)
  runs = await cronRuns(host)
  containers = await researchContainers(host)
  void watch
}, 540_000)

describe(`${RUNS} runs by cron`, () => {
  it('each began and ended once, but for the two that were ended from outside', () => {
    expect(runs).toHaveLength(RUNS)
    const lines = Object.groupBy(runs, ({ line }) => line)
    expect(Object.values(lines).map((ofLine) => ofLine?.length)).toEqual(Array(RUNS / MINUTES).fill(MINUTES))
    expect(new Set(runs.flatMap(({ runIds }) => runIds)).size).toBe(RUNS)
    const unfinished = runs.filter(({ printed }) => !printed.includes(' finished: '))
    expect(runs.map(({ printed }) => printed.match(/ finished: /g)?.length ?? 0).toSorted()).toEqual([
      ...[0, 0, ...Array(RUNS - 2).fill(1)],
    ])
    expect(unfinished.map(({ printed }) => printed.includes(' interrupted: '))).toEqual([false, true])
  })

  it('never two at a time', () => {
    const overlapping = runs.filter(({ startedAt }, index) => !((runs[index - 1]?.endedAt ?? 0) < startedAt))
    expect(overlapping).toEqual([])
    expect(containers).toHaveLength(2 * RUNS)
    expect(containers.filter((_, index) => index % 2 === 1)).toEqual(
      containers.filter((_, index) => index % 2 === 0).map((event) => event.replace('create', 'destroy')),
    )
  })

  it('leave the newest behind, and latest_* of the newest that judged', async () => {
    const newest = runs.map(({ runIds }) => runIds[0] ?? '').slice(-KEEP)
    const judged = runs.filter(
      ({ line, printed }) => !line.startsWith('train') && printed.includes(' finished: '),
    )
    const latest = judged.at(-1)?.runIds[0] ?? ''
    expect(late.run.map((run) => run.split('\t')[0])).toEqual([...new Set([...newest, latest])].toSorted())
    const { run_id } = await json('latest_run_meta.json')
    const others = await typed(`cd '${CLOSED_LOOP}' && cat latest_run_id && readlink latest`)
    expect([run_id, ...others.trimEnd().split('\n')]).toEqual([latest, latest, latest])
    await typed(`cd '${CLOSED_LOOP}' && for report in closed_loop_report runtime_assess run_meta; do
  cmp "latest_$report.json" "latest/$report.json" || exit
done`)
  })

  it('are all counted, those too that are gone', async () => {
    expect(await counted('by_action')).toEqual({
      assess: (countedBefore.assess ?? 0) + MINUTES * (LINES.assessS5 + LINES.assessS3),
      full: MINUTES * LINES.full,
      train: MINUTES * LINES.train,
    })
    // What was ended from outside may have had its reports by then.
    const { PASS = 0, unfinished = 0, ...others } = await counted('by_status')
    expect(others).toEqual({})
    expect(PASS + unfinished).toBe((countedBefore.assess ?? 0) + RUNS)
    expect(unfinished).toBeLessThanOrEqual(2)
  })

  it('keep as many models, and those that are in use', async () => {
    const active = JSON.parse(await typed('cat data/models/active.json'))
    expect(late.model).toContain(`${active.model_id}.json`)
    // Of each run that is kept: its own, and the one that was active then.
    const trained = late.run.filter((run) => run.includes('training.json ')).length
    expect(late.model.length).toBeGreaterThanOrEqual(KEEP)
    expect(late.model.length).toBeLessThanOrEqual(KEEP + 2 + trained)
    expect(late.model.length).toBeLessThan(MINUTES * (LINES.full + LINES.train))
  })

  it('read a log whose files were rotated meanwhile, whole, as the action does', async () => {
    const files = await typed(`ls "$(docker inspect --format '{{.LogPath}}' ai-trade)"*`)
    expect(files.trimEnd().split('\n').length).toBeGreaterThan(1)
    const log = await typed(`since=$(docker inspect --format '{{.State.StartedAt}}' ai-trade)
docker logs --timestamps --since "$since" ai-trade | grep 'RUNTIME_STATUS:'`)
    const lines = log.trimEnd().split('\n')
    expect(lines[0]).toContain('ticks=1,')
    expect(lines.at(-1)).toContain(`ticks=${lines.length},`)
  })

  it('leave nothing else behind', () => {
    expectUntouched(before, after)
    expect(late.docker).toEqual(early.docker)
    expect(late.elsewhere).toEqual(early.elsewhere)
    expect(late.process).toEqual(early.process)
    const names = ({ file }: Footprint) => file.map((line) => line.split('\t')[0])
    expect(names(late)).toEqual(names(early))
    // What may grow is named: the summaries hold a line of each run of their period, the prices are this test's.
    const bytes = ({ file }: Footprint) =>
      file
        .filter((line) => !/summary|market\.csv/.test(line))
        .reduce((sum, line) => sum + Number(line.split('\t')[1]), 0)
    expect(bytes(late)).toBeLessThan(bytes(early) + 4096)
    // Of a run the log alone grows, up to the window that is judged.
    for (const run of late.run)
      for (const [, name, size] of run.matchAll(/(\S+) (\d+) /g))
        if (name !== 'runtime.log') expect([name, Number(size) < 16_384]).toEqual([name, true])
    for (const name of names(late)) expect(name).not.toMatch(/\.new$|\.leaving-/)
  })
})
