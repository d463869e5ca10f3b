/** The example's cron on a host, on a shortened schedule: what it is given, what it did, and what that left behind. */
import type { PrivateHost } from '../private-host/private-host.ts'

/** Below the project directory. */
export const CLOSED_LOOP = 'data/reports/closed_loop'

/** What is seen from outside meanwhile. */
const SEEN = '/opt/seen'

/**
 * The crontab with the installer's own lines every minute, so many of each, between the same markers. What each run
 * prints goes into a file of its own, `data/cron/LINE.PID`.
 */
export function shortened(
  crontab: string,
  counts: {
    readonly assessS5: number
    readonly assessS3: number
    readonly full: number
    readonly train: number
  },
): string {
  const [begin = '', assess = '', full = '', end = ''] = crontab.trimEnd().split('\n')
  const kinds = {
    assessS5: assess,
    assessS3: assess.replace('--stage S5 --since 6h', '--stage S3 --since 30m'),
    full,
    train: full.replace(' full ', ' train '),
  }
  const lines = Object.entries(kinds).flatMap(([kind, line]) =>
    Array.from({ length: counts[kind as keyof typeof counts] }, (_, index) =>
      line
        .replace(/^(\S+ ){5}/, '* * * * * ')
        .replace(/>data\/cron_\w+\.log/, () => `>data/cron/${kind}-${index + 1}.$$`),
    ),
  )
  return [begin, ...lines, end, ''].join('\n')
}

/** Notes the start of every run, and every container that comes and goes; each run finds another bar of prices. */
const WATCH = `
docker events --filter type=container --filter event=create --filter event=destroy \\
  --format '{{.TimeNano}} {{.Action}} {{.Actor.Attributes.name}}' >${SEEN}/events &
events=$!
cd /opt/ai-trade
until [ -e ${SEEN}/stop ]; do
  for run in ${CLOSED_LOOP}/2*/run.json; do
    name=\${run%/run.json}
    name=\${name##*/}
    [ ! -e "${SEEN}/runs/$name" ] || continue
    stat -c %.9Y "$run" >"${SEEN}/runs/$name"
    last=$(tail -n 1 data/market.csv)
    at=$(($(date -d "\${last%,*}" +%s) + 14400))
    printf '%s,%s\\n' "$(date -u -d "@$at" +%Y-%m-%dT%H:%M:%SZ)" "$((44000 + at / 14400 % 7 * 100))" >>data/market.csv
  done
  sleep 0.2
done
kill "$events"
`

/**
 * What is on the disk and in Docker while no run is at work: a line each, \`KIND<TAB>…\`. A healthcheck that runs just
 * then has a file of Docker's own in /tmp.
 */
const FOOTPRINT_SCRIPT = `
cd /opt/ai-trade
printf 'ended\\t%s\\n' "$(grep -l 'finished:' data/cron/* | wc -l)"
for run in ${CLOSED_LOOP}/2*/run.json; do
  run=\${run%/run.json}
  printf 'run\\t%s\\t%s\\n' "\${run##*/}" "$(find "$run" -mindepth 1 -printf '%f %s\\n' | sort | tr '\\n' ' ')"
done
find data/models -name 'm-*' -printf 'model\\t%f\\n'
find . \\( -path ./data/cron -o -path './data/models/m-*' -o -path './${CLOSED_LOOP}/2*' \\) -prune -o -printf 'file\\t%P\\t%s\\n' |
  sed -E 's|(lock/)[0-9]+|\\1N|'
docker ps --all --quiet --no-trunc | sed 's/^/docker\\tcontainer /'
docker image ls --all --quiet --no-trunc | sort -u | sed 's/^/docker\\timage /'
docker volume ls --quiet | sed 's/^/docker\\tvolume /'
docker network ls --quiet | sed 's/^/docker\\tnetwork /'
docker system df --format '{{.Type}} {{.TotalCount}} {{.Size}}' | sed 's/^/docker\\t/'
find /var/lib/docker -mindepth 1 -maxdepth 2 -printf 'docker\\t%p\\n'
find /var/lib/docker/image -mindepth 3 -maxdepth 4 -type d -printf 'docker\\t%p\\n'
find /tmp /root /var/tmp/closed-loop-locks -mindepth 1 ! -name 'runc-process*' -printf 'elsewhere\\t%p\\n'
ps -eo comm= | grep -x -e docker -e docker-compose -e 'containerd-shim.*' | sed 's/^/process\\t/'
`

/** Watches until it is disposed of. */
export async function watched(host: PrivateHost): Promise<AsyncDisposable> {
  await host.sh(`rm -rf ${SEEN} && mkdir -p ${SEEN}/runs`)
  await host.sh(`cat >${SEEN}/watch`, { stdin: WATCH })
  await host.sh(`cat >${SEEN}/footprint`, { stdin: FOOTPRINT_SCRIPT })
  await host.sh(`setsid sh ${SEEN}/watch </dev/null >/dev/null 2>${SEEN}/complaints &
until [ -e ${SEEN}/events ]; do sleep 0.1; done`)
  return {
    [Symbol.asyncDispose]: async () => {
      await host.sh(`touch ${SEEN}/stop
while pgrep -f '^sh ${SEEN}/watch' >/dev/null; do sleep 0.1; done
rm -rf ${SEEN}`)
    },
  }
}

const ENDED = (count: number) =>
  `until [ "$(grep -l 'finished:' data/cron/* 2>/dev/null | wc -l)" -ge ${count} ]; do sleep 0.2; done`

/** For a shell in the project directory: once so many runs have ended, and no run is at work (under the lock). */
export const FOOTPRINT = (ended: number) => `${ENDED(ended)}
sh .closed-loop/host.sh with-lock sh ${SEEN}/footprint`

/**
 * For a shell in the project directory: once so many runs have ended, the run at work gets the signal, with all of its
 * processes, while its container runs. They stand still until that is certain.
 */
export const endRunAtWork = (signal: 'KILL' | 'TERM', ended: number) => `${ENDED(ended)}
while :; do
  sleep 0.05
  runner=$(pgrep -o -f '^sh tools/closed_loop_runner[.]sh .* --compose-file ') || continue
  log=$(readlink "/proc/$runner/fd/1") && group=$(ps -o pgid= -p "$runner" | tr -d ' ') || continue
  kill -s STOP -- "-$group" || continue
  if [ -n "$(docker ps --quiet --filter name=^/ai-trade-research-)" ] && ! grep -q 'finished:' "$log"; then break; fi
  kill -s CONT -- "-$group"
done
kill -s ${signal} -- "-$group"
kill -s CONT -- "-$group" || :`

/** A footprint, by kind: lines of one thing each. */
export type Footprint = Readonly<Record<FootprintKind, readonly string[]>>
type FootprintKind = 'ended' | 'run' | 'model' | 'file' | 'docker' | 'elsewhere' | 'process'

export function footprintOf(text: string): Footprint {
  const lines = text.split('\n').filter((line) => line !== '')
  const of = (kind: FootprintKind) =>
    lines
      .filter((line) => line.startsWith(`${kind}\t`))
      .map((line) => line.slice(kind.length + 1))
      .toSorted()
  return {
    ...{ ended: of('ended'), run: of('run'), model: of('model'), file: of('file') },
    ...{ docker: of('docker'), elsewhere: of('elsewhere'), process: of('process') },
  }
}

/** What cron started once, by what it printed. Moments in seconds. */
export interface CronRun {
  /** Of the schedule: its kind and number. */
  readonly line: string
  readonly printed: string
  /** The runs that it says to have started, and when each really was. */
  readonly runIds: readonly string[]
  readonly startedAt: number
  /** When it printed its last line. */
  readonly endedAt: number
}

/** All that cron started, in the order of their starts. */
export async function cronRuns(host: PrivateHost): Promise<readonly CronRun[]> {
  const printed = await host.sh(`cd /opt/ai-trade/data/cron
for log in *; do printf '%s %s %s\\n' "$log" "$(stat -c %.9Y "$log")" "$(base64 -w 0 "$log")"; done`)
  const starts = await host.sh(`cd ${SEEN}/runs && for run in *; do echo "$run $(cat "$run")"; done`)
  const startedAt = new Map(rows(starts).map(([runId = '', at]) => [runId, Number(at)]))
  return rows(printed)
    .map(([log = '', at, base64 = '']) => {
      const text = Buffer.from(base64, 'base64').toString()
      const runIds = [...text.matchAll(/ started: \S+\/(\S+)$/gm)].map(([, runId = '']) => runId)
      return {
        line: log.replace(/\.\d+$/, ''),
        printed: text,
        runIds,
        startedAt: startedAt.get(runIds[0] ?? '') ?? Number.NaN,
        endedAt: Number(at),
      }
    })
    .toSorted((one, other) => one.startedAt - other.startedAt)
}

/** Every research container that came and went meanwhile, in that order: \`create NAME\`, \`destroy NAME\`. */
export async function researchContainers(host: PrivateHost): Promise<readonly string[]> {
  const events = rows(await host.sh(`sort ${SEEN}/events`))
  return events
    .map(([, action, name]) => `${action} ${name}`)
    .filter((event) => event.includes(' ai-trade-research-'))
}

function rows(text: string): readonly (readonly string[])[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split(' '))
}
