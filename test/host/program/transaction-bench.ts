import { randomBytes } from 'node:crypto'
import { programText } from '../../support/host-program/program-text.ts'
import { restorePlanOf } from '../../support/host-program/restore-plan.ts'
import { workerHost } from '../../support/jest/worker-host.ts'
import type { PrivateHost } from '../../support/private-host/private-host.ts'

const DIRECTORY = '/opt/small'

/** What a job of the host program, or a person's command, left to be read. */
export interface JobResult {
  readonly code: number
  /** The state of the transaction afterwards. */
  readonly state: string
  /** Facts without the word `fact`, their fields joined by blanks. */
  readonly facts: readonly string[]
  readonly words: string
}

/** A project of three small services on a private host, and the host program there, without any client. */
export interface TransactionBench extends AsyncDisposable {
  readonly host: PrivateHost
  readonly directory: string
  /** Begins a transaction of `image` and records what runs; gives its id. */
  prepare(image: string, options?: { readonly onRollbackFailure?: 'keep' | 'stop' }): Promise<string>
  job(id: string, kind: 'apply' | 'confirm' | 'rollback' | 'recover', stdin?: string): Promise<JobResult>
  /** What a person types on the host. */
  rollbackByHand(id: string): Promise<JobResult>
  /** By container name: image tag, state and restart policy. */
  running(): Promise<Readonly<Record<string, string>>>
}

/** `app` and `side` run the released image, `later` another one and is deferred. The env file says how they do. */
const COMPOSE_FILE = `name: small
x-service: &service
  command: ["sleep", "86400"]
  stop_signal: SIGKILL
services:
  app:
    <<: *service
    healthcheck: { test: [CMD, test, -n, $APP_HEALTH], interval: 1s, retries: 1 }
    image: $AI_TRADE_IMAGE
    container_name: small-app
    restart: always
  side:
    <<: *service
    command: ["sleep", "$SIDE_SECONDS"]
    image: $AI_TRADE_IMAGE
    container_name: small-side
    restart: unless-stopped
  later:
    <<: *service
    image: small:later
    container_name: small-later
    restart: on-failure:3
`

/** A job in a session of its own, as `launch` makes one, but in the foreground: the guard looks for its process. */
const JOB = (kind: string) => `open_transaction "$id" || exit
job=$TX_DIR/jobs/${kind}-$$; mkdir "$job" && : >"$job/is-${kind}"
CLOSED_LOOP_LIBRARY= setsid -w sh "$STATE_DIR/host.sh" job "$id" "\${job##*/}" ${kind}
exit "$(cat "$job/exit")"`

/** Brings the three services up in the image `small:old`; `small:new` and `small:later` are on the host too. */
export async function transactionBench(): Promise<TransactionBench> {
  const host = workerHost()
  await host.sh(REMOVE_ALL)
  await host.sh(`mkdir -p ${DIRECTORY}/tools && cat >${DIRECTORY}/compose.yml`, { stdin: COMPOSE_FILE })
  await host.sh(`cat >${DIRECTORY}/program.sh`, { stdin: programText() })
  await host.sh(`cd ${DIRECTORY} && umask 077
for tag in old new later; do
  printf 'FROM closed-loop-base/busybox\\nLABEL is=%s\\n' "$tag" | DOCKER_BUILDKIT=0 docker build --quiet --tag "small:$tag" -
done
printf '%s\\n' AI_TRADE_IMAGE=small:old APP_HEALTH=good SIDE_SECONDS=86400 >.env.runtime
docker compose -f compose.yml --env-file .env.runtime up -d`)

  const restorePlans = new Map<string, string>()
  const withProgram = (id: string, script: string, stdin = '') =>
    host.run(
      `cd ${DIRECTORY} && CLOSED_LOOP_LIBRARY=yes CLOSED_LOOP_CLEAN=yes && . ./program.sh && STATE_DIR=${DIRECTORY}/.closed-loop
id=${id}\n${script}`,
      { stdin },
    )
  const stateOf = async (id: string) =>
    (await host.sh(`cat ${DIRECTORY}/.closed-loop/transactions/${id}/state`)).trim()
  return {
    host,
    directory: DIRECTORY,
    prepare: async (image, { onRollbackFailure = 'keep' } = {}) => {
      const id = randomBytes(6).toString('hex')
      const plan = PLAN(image, onRollbackFailure)
      const script = `mkdir -p "$STATE_DIR" && sum=$(sha256sum <program.sh | cut -d ' ' -f 1) &&
plan=$(cat) && verb_install "$sum" <program.sh || exit 1
printf '%s\\n' "$plan" | verb_acquire "$id" 3600 0 && printf '%s\\n' "$plan" | verb_begin "$id" "$sum" 3600 && verb_snapshot "$id" || exit 1
printf '%s\\t%s\\n' '${image}' "$(image_id '${image}')" >"$TX_DIR/new-images"
set_state prefetched`
      const { code, stdout, stderr } = await withProgram(id, script, plan)
      if (code !== 0) throw new Error(`no transaction could be begun: ${stdout}${stderr}`)
      const facts = stdout.split('\n').filter((line) => line.startsWith('fact\t'))
      restorePlans.set(id, restorePlanOf(facts.map((line) => line.split('\t').slice(1))))
      return id
    },
    job: async (id, kind, stdin = kind === 'apply' ? restorePlans.get(id) : '') => {
      const { code, stdout, stderr } = await withProgram(id, JOB(kind), stdin)
      return { code, state: await stateOf(id), facts: factsOf(stdout), words: stderr }
    },
    rollbackByHand: async (id) => {
      const { code, stdout, stderr } = await host.run(`sh ${DIRECTORY}/.closed-loop/host.sh rollback ${id}`)
      return { code, state: await stateOf(id), facts: [], words: stdout + stderr }
    },
    running: async () => {
      const listing = await host.sh(`docker ps --all --quiet --filter label=com.docker.compose.project=small |
xargs -r docker inspect --format '{{.Name}} {{index .Config.Labels "is"}} {{.State.Status}} {{.HostConfig.RestartPolicy.Name}}'`)
      const lines = listing.split('\n').filter((line) => line !== '')
      return Object.fromEntries(
        lines.map((line) => [
          line.slice('/small-'.length, line.indexOf(' ')),
          line.slice(line.indexOf(' ') + 1),
        ]),
      )
    },
    [Symbol.asyncDispose]: async () => {
      await host.sh(REMOVE_ALL)
    },
  }
}

const REMOVE_ALL = `docker ps --all --quiet --filter label=com.docker.compose.project=small | xargs -r docker rm --force
docker ps --all --quiet --filter name=closed-loop-hold | xargs -r docker rm --force
docker network rm small_default 2>/dev/null
docker image ls --format '{{.Repository}}:{{.Tag}}' | grep -e '^small:' -e '^closed-loop-hold:' -e '^closed-loop-new:' | xargs -r docker image rm --force
docker image ls --quiet --filter label=is | sort -u | xargs -r docker image rm --force
rm -rf ${DIRECTORY} /var/tmp/closed-loop-locks`

const PLAN = (image: string, onRollbackFailure: string) =>
  [
    ['project_dir', DIRECTORY],
    ['compose_file', 'compose.yml'],
    ['env_file', '.env.runtime'],
    ['project_name', 'small'],
    ['image', 'AI_TRADE_IMAGE', image],
    ...['app', 'side', 'later'].map((service) => ['deploy', service]),
    ['defer', 'later'],
    ['gate', 'app'],
    ['on_rollback_failure', onRollbackFailure],
  ]
    .map((line) => `${line.join('\t')}\n`)
    .join('')

function factsOf(stdout: string): readonly string[] {
  return stdout
    .split('\n')
    .filter((line) => line.startsWith('fact\t'))
    .map((line) => line.slice('fact\t'.length).replaceAll('\t', ' '))
}
