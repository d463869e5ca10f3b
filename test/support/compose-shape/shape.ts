import { createHash, randomBytes } from 'node:crypto'
import { type Fact, parseReply } from '../../../src/host/protocol/facts.ts'
import { dockerAnswer, preflightFacts } from '../../../src/host/protocol/preflight-facts.ts'
import { lookForDrift } from '../../../src/preflight/drift.ts'
import { preflightFindings } from '../../../src/preflight/judge.ts'
import { programText } from '../host-program/program-text.ts'
import { restorePlanOf } from '../host-program/restore-plan.ts'
import { baseImages } from '../private-host/base-images.ts'
import type { PrivateHost } from '../private-host/private-host.ts'
import { publish } from '../private-host/publish.ts'
import { type PlacedFile, placeFiles } from '../releases/example-files.ts'
import { type ContainerFacts, readContainers } from '../scenario/host-state.ts'
import { logInToRegistry } from '../scenario/project-state.ts'

/** A Compose project of a shape that the example does not have, driven through the host program alone. */
export interface ShapeOptions {
  /** Text by path in the project directory; the env file is `.env`. */
  readonly files: Readonly<Record<string, string>>
  /** Default `compose.yml`. */
  readonly composeFiles?: readonly string[]
  /** The image variables that preflight is asked about. */
  readonly images: Readonly<Record<string, string>>
  readonly deploy: readonly string[]
  readonly defer?: readonly string[]
  /** Default: the first deployed one. */
  readonly gate?: string
  readonly projectName?: string
  /** Last part of the project directory; default random. */
  readonly directoryName?: string
  /** Brings these files, once they are staged. */
  readonly release?: {
    /** Text by path, as the workspace has it. */
    readonly files: Readonly<Record<string, string>>
    /** The paths of `files`, and of `state-files`. */
    readonly entries: readonly string[]
    readonly stateFiles: readonly string[]
    readonly touched: readonly string[]
  }
}

export interface Ended {
  readonly code: number
  readonly facts: readonly Fact[]
  /** What was quoted, redacted. */
  readonly text: readonly string[]
  /** What docker and compose said. */
  readonly words: string
}

export interface ShapeTransaction {
  /** Up to the boundary. Throws when that fails. */
  readonly apply: () => Promise<Ended>
  /** As an apply leaves it that was killed just behind the boundary: nothing is changed yet. */
  readonly cross: () => Promise<void>
  /** With every container that `apply` said runs taken for ready. */
  readonly confirm: () => Promise<Ended>
  readonly rollback: () => Promise<Ended>
  readonly id: string
}

export interface Shape {
  readonly directory: string
  /** `docker compose …` by hand, with the project's files. */
  readonly compose: (words: string) => Promise<string>
  /** Has the release's files compared and staged, as a client does. */
  readonly stage: () => Promise<Ended>
  readonly preflight: () => Promise<Ended>
  /** What a preflight comes to: the fields of each finding, drift last. */
  readonly findings: () => Promise<readonly (readonly string[])[]>
  /** begin, snapshot and prefetch, for the images by variable. `drifted`: what preflight named. */
  readonly begin: (
    images: Readonly<Record<string, string>>,
    drifted?: readonly string[],
  ) => Promise<ShapeTransaction>
  /** The containers of the project by name. */
  readonly containers: () => Promise<Readonly<Record<string, ContainerFacts>>>
  readonly remove: () => Promise<void>
}

const TOKEN = 'token1'
const STOPS_AT_ONCE = 'STOPSIGNAL SIGKILL\nCMD ["sleep", "86400"]'

/** An image of the host's registry that stays up and stops at once. Gives reference, ID and digest. */
export async function publishShapeImage(host: PrivateHost, tag: string, dockerfile = '') {
  const reference = `${host.registry.address}/shape:${tag}`
  const image = await publish(host, {
    reference,
    dockerfile: `FROM ${baseImages.busybox}\nLABEL shape=${tag}\n${STOPS_AT_ONCE}\n${dockerfile}`,
    files: {},
  })
  return { reference, ...image }
}

/** Lays a project out; nothing of it runs yet. The host gets a lasting registry login. */
export async function layOutShape(host: PrivateHost, options: ShapeOptions): Promise<Shape> {
  const { release } = options
  const { files, composeFiles = ['compose.yml'], deploy, defer = [], gate = deploy[0] ?? '' } = options
  const directory = `/opt/${options.directoryName ?? `shape-${randomBytes(4).toString('hex')}`}`
  const program = programText()
  const sha256 = createHash('sha256').update(program).digest('hex')
  const placed: PlacedFile[] = [
    ...Object.entries(files).map(([path, content]) => ({ path, content, mode: '0600' })),
    { path: 'tools/closed_loop_runner.sh', content: 'exit 1\n', mode: '0700' },
  ]
  await host.sh(placeFiles(directory, placed))
  await host.sh(
    `mkdir -p '${directory}/.closed-loop/bin' && cat >'${directory}/.closed-loop/bin/${sha256}.sh'`,
    {
      stdin: program,
    },
  )
  await logInToRegistry(host)

  const plan = (images: Readonly<Record<string, string>>, name: string, drifted: readonly string[]) =>
    [
      `project_dir\t${directory}`,
      ...composeFiles.map((file) => `compose_file\t${file}`),
      'env_file\t.env',
      ...(name === '' ? [] : [`project_name\t${name}`]),
      ...Object.entries(images).map(([key, reference]) => `image\t${key}\t${reference}`),
      ...deploy.map((service) => `deploy\t${service}`),
      ...defer.map((service) => `defer\t${service}`),
      `gate\t${gate}`,
      ...drifted.map((service) => `drift\t${service}`),
      ...(release ? [`incoming\t${TOKEN}`] : []),
      ...(release?.entries ?? []).map((entry) => `file\t${entry}`),
      ...(release?.stateFiles ?? []).map((path) => `state_file\t${path}`),
      ...(release?.touched ?? []).map((service) => `touched\t${service}`),
    ].join('\n')
  const called = async (script: string, stdin: string): Promise<Ended> => {
    const { code, stdout, stderr } = await host.run(
      `cd / && CLOSED_LOOP_LIBRARY=yes CLOSED_LOOP_CLEAN=yes; . '${directory}/.closed-loop/bin/${sha256}.sh'
STATE_DIR='${directory}/.closed-loop'
${script}`,
      { stdin },
    )
    return { code, ...factsAndWords(stdout), words: stderr }
  }
  const good = async (script: string, stdin = ''): Promise<Ended> => {
    const ended = await called(script, stdin)
    if (ended.code !== 0) throw new Error(`${script} ended with ${ended.code}: ${ended.words}`)
    return ended
  }
  const preflight = () => called('verb_preflight', plan(options.images, options.projectName ?? '', []))
  const compose = (words: string) =>
    host.sh(
      `cd '${directory}' && docker compose ${composeFiles.map((file) => `-f '${file}'`).join(' ')} --env-file .env ${words} 2>&1`,
    )
  let known = options.projectName
  const projectName = async () => {
    known ??= /^name: (.*)$/m.exec(await compose('config'))?.[1] ?? 'no project'
    return known
  }

  return {
    directory,
    stage: async () => {
      const workspace = `${directory}.workspace`
      const files = Object.entries(release?.files ?? {}).map(([path, content]) => ({
        path,
        content,
        mode: '0644',
      }))
      await host.sh(placeFiles(workspace, files))
      const entries = (release?.entries ?? []).map((entry) => `'${entry}'`).join(' ')
      return good(
        `plan=$(cat)
manifest() { for entry in ${entries}; do tree_rows '${workspace}' "$entry"; done | cut -f 1-4 | sort -t "$TAB" -k 4,4; }
{ printf '%s\\n=\\n' "$plan"; manifest; } | verb_compare_files ${TOKEN} | sed -n 's/^fact.lacks.//p' >'${workspace}/lacks' || exit
archive='${directory}/.closed-loop/incoming/${TOKEN}/archive'
while read -r line; do manifest | sed -n "\${line}p" | cut -f 4; done <'${workspace}/lacks' | tar -C '${workspace}' -cf "$archive" -T -
printf '%s\\n' "$plan" | verb_stage_files ${TOKEN} "$(hash_of "$archive")"; code=$?; rm -rf '${workspace}'; exit "$code"`,
        plan(options.images, options.projectName ?? '', []),
      )
    },
    preflight,
    findings: async () => {
      const { code, facts, words } = await preflight()
      if (code !== 0) throw new Error(`preflight ended with ${code}: ${words}`)
      const read = preflightFacts(facts)
      const images = Object.entries(options.images).map(([key, reference]) => ({ key, reference }))
      const wanted = { deploy, defer, gate, images, requiredEnv: [] }
      const { services, findings } = await lookForDrift(read, wanted, async ({ words: asked, profiles }) => {
        const names = read.containers.map(({ name }) => `container\t${name}`)
        const call = ['', read.images, profiles, ...asked].map((word) => `'${word}'`).join(' ')
        const stdin = [plan(options.images, read.projectName, []), ...names].join('\n')
        return dockerAnswer(await good(`verb_ask_docker ${call}`, stdin))
      })
      return [
        ...[...preflightFindings(read, wanted), ...findings].map((finding) =>
          Object.values(finding).map(String),
        ),
        ...services.map((service) => ['drift', service]),
      ]
    },
    compose,
    containers: async () => {
      const name = await projectName()
      const mine = await host.sh(
        `docker ps --all --quiet --no-trunc --filter 'label=com.docker.compose.project=${name}'`,
      )
      const all = await readContainers(host)
      return Object.fromEntries(all.filter(({ id }) => mine.includes(id)).map((one) => [one.name, one]))
    },
    begin: async (images, drifted = []) => {
      const id = randomBytes(8).toString('hex')
      const job = async (kind: string, stdin = ''): Promise<Ended> => {
        const at = `${directory}/.closed-loop/transactions/${id}/jobs/${kind}`
        await good(
          `verb_start_job ${id} ${kind} ${kind} && until [ -f '${at}/exit' ]; do sleep 0.1; done`,
          stdin,
        )
        const code = Number(await host.sh(`cat '${at}/exit'`))
        return {
          code,
          ...factsAndWords(await host.sh(`cat '${at}/facts'`)),
          words: await host.sh(`cat '${at}/out'`),
        }
      }
      const wanted = plan(images, await projectName(), drifted)
      await good(`verb_acquire ${id} 3600 0`, wanted)
      await good(`verb_begin ${id} ${sha256} 3600`, wanted)
      const snapshot = await good(`verb_snapshot ${id}`)
      const prefetched = await job('prefetch')
      if (prefetched.code !== 0) throw new Error(`prefetch: ${prefetched.words}`)
      let ready = ''
      return {
        id,
        apply: async () => {
          const applied = await job('apply', restorePlanOf(snapshot.facts))
          ready = applied.facts
            .filter(([name]) => name === 'running')
            .map(([, service, , container, image, started]) =>
              [container, started, image, service].join('\t'),
            )
            .join('\n')
          return applied
        },
        cross: async () => {
          const script = `open_transaction ${id} && keep_restore_plan && set_state applying`
          await good(script, restorePlanOf(snapshot.facts))
        },
        confirm: () => job('confirm', `${ready}\n`),
        rollback: () => job('rollback'),
      }
    },
    remove: async () => {
      const name = await projectName()
      await host.sh(`
docker ps --all --quiet --filter 'label=com.docker.compose.project=${name}' | xargs -r docker rm --force --volumes
docker ps --all --quiet --filter label=closed-loop.transaction | xargs -r docker rm --force
docker network ls --quiet --filter 'label=com.docker.compose.project=${name}' | xargs -r docker network rm
docker image ls --format '{{.Repository}}:{{.Tag}}' --filter 'reference=closed-loop-*' | grep '^closed-loop-[hn]' | xargs -r docker image rm --force
rm -rf '${directory}' /root/.docker/config.json`)
    },
  }
}

function factsAndWords(printed: string): Pick<Ended, 'facts' | 'text'> {
  const { facts, text } = parseReply(0, printed.split('\n'))
  return { facts, text }
}

/** What a rollback must bring back, without what is new after each start. */
export function withoutInstances(containers: Readonly<Record<string, ContainerFacts>>) {
  return Object.fromEntries(
    Object.entries(containers).map(([name, { id: _, startedAt: __, restartCount: ___, ...rest }]) => [
      name,
      rest,
    ]),
  )
}
