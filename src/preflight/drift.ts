import type { DockerAnswer, PreflightFacts } from '../host/protocol/preflight-facts.ts'
import type { Warning } from '../model/outcome.ts'
import type { PreflightFinding } from '../model/problem.ts'
import { versionFindings } from './versions.ts'
import type { Wanted } from './wanted.ts'

/** A call of docker that changes nothing; of Compose with every profile, or only with those that are enabled. */
export interface DockerCall {
  readonly words: readonly string[]
  readonly profiles: 'all' | 'enabled'
}

/** Has the host ask docker. */
export type AskDocker = (call: DockerCall) => Promise<DockerAnswer>

export interface Drift {
  /** The services that do not run what their files say. */
  readonly services: readonly string[]
  readonly findings: readonly PreflightFinding[]
  readonly warnings: readonly Warning[]
}

const NONE: Drift = { services: [], findings: [], warnings: [] }
const DRY_RUN = ['compose', 'up', '--dry-run', '--detach', '--no-build', '--pull', 'never']
/** One by one only where they are few: each takes a second. */
const FEW = 8
/** Of a call that was not answered in time. */
const TIMED_OUT = 124

/**
 * What every form of `up` on the untouched files would recreate: a rollback returns to the files, not to what ran. What an
 * unfinished deployment left differs from them anyway. Nothing is asked of a Compose that is too old to know a dry run.
 */
export async function lookForDrift(facts: PreflightFacts, wanted: Wanted, ask: AskDocker): Promise<Drift> {
  if (facts.reached !== 'containers' || versionFindings(facts.engine).length > 0) return NONE
  const present = wanted.deploy.filter((name) => facts.containers.some(({ service }) => service === name))
  const suspects = new Set(facts.earlier === 'ended' ? present : [])
  const recreated = new Set<string>()
  const answers: DockerAnswer[] = []
  for (const form of formsOf(present, wanted.defer, suspects)) {
    if (suspects.size === 0) break
    if (form === 'hashes') {
      for (const service of await sameAsFiles([...suspects], facts, ask)) suspects.delete(service)
      continue
    }
    const { services, call } = form
    if (!services.some((service) => suspects.has(service))) continue
    const answer = await ask(call)
    answers.push(answer)
    // What it says is worth something also when it fails in the end, for the sake of a dependency.
    const again = servicesOf(facts, answer, /^Recreated?$/u)
    for (const service of again) recreated.add(service)
    for (const service of servicesOf(facts, answer, /^(?:Running|Created)$/u))
      if (!again.includes(service)) suspects.delete(service)
    const findings = answers.length === 1 && answer.code !== 0 ? await engineFindings(facts, ask) : []
    if (findings.length > 0) return { ...NONE, findings }
    if (answer.code === TIMED_OUT) break
  }
  return {
    services: [...suspects].filter((service) => recreated.has(service)),
    findings: answers.length === 0 ? await engineFindings(facts, ask) : [],
    warnings: warningsOf(answers),
  }
}

/**
 * Older releases of Compose take the dependencies that an `up` was told of for a part of the service: what was brought up by
 * hand with its dependencies, or by a deployment without them, is asked for in the same way.
 */
function* formsOf(
  present: readonly string[],
  defer: readonly string[],
  suspects: ReadonlySet<string>,
): Generator<'hashes' | { readonly services: readonly string[]; readonly call: DockerCall }> {
  const alone = (services: readonly string[]) =>
    ({ services, call: { words: [...DRY_RUN, '--no-deps', ...services], profiles: 'all' } }) as const
  const whole = (profiles: DockerCall['profiles']) =>
    ({ services: present, call: { words: [...DRY_RUN, ...present], profiles } }) as const
  yield alone(present)
  yield alone(present.filter((service) => !defer.includes(service)))
  yield 'hashes'
  yield whole('all')
  yield whole('enabled')
  if (suspects.size <= FEW) for (const service of [...suspects]) yield alone([service])
}

/** Whose containers carry the hash that Compose gives the files, and run the image: what recreates one is another service. */
async function sameAsFiles(
  suspects: readonly string[],
  { services, containers, others }: PreflightFacts,
  ask: AskDocker,
): Promise<readonly string[]> {
  const { hashes } = await ask({
    words: ['compose', 'config', '--hash', suspects.join(',')],
    profiles: 'all',
  })
  const references = new Map(services.map(({ name, image }) => [name, image]))
  const ids = new Map<string, string>()
  for (const reference of new Set(suspects.map((service) => references.get(service) ?? ''))) {
    const inspected = await ask({
      words: ['image', 'inspect', '--format', '{{.ID}}', reference],
      profiles: 'all',
    })
    const id = inspected.lines.find((line) => line.startsWith('sha256:'))
    if (inspected.code === 0 && id !== undefined) ids.set(reference, id)
  }
  return suspects.filter((service) =>
    containers
      .filter((container) => container.service === service)
      .every(({ name, imageId }) => {
        const label = others.find((other) => other.name === name)?.configHash ?? ''
        const isSameImage = imageId === ids.get(references.get(service) ?? '')
        return label !== '' && label === hashes.get(service) && isSameImage
      }),
  )
}

function servicesOf({ containers }: PreflightFacts, { said }: DockerAnswer, word: RegExp): readonly string[] {
  const names = said.filter((one) => word.test(one.word)).map(({ container }) => container)
  return containers.filter(({ name }) => names.includes(name)).map(({ service }) => service)
}

/** Compose refuses an engine whose oldest API is newer than it speaks; a dry run that came to its end shows the same. */
async function engineFindings(
  { engine }: PreflightFacts,
  ask: AskDocker,
): Promise<readonly PreflightFinding[]> {
  const { code, lines } = await ask({ words: ['compose', 'ps', '--all', '--quiet'], profiles: 'all' })
  if (code === 0) return []
  const call = { finding: 'docker-call-failed', call: 'docker compose ps' } as const
  return [{ ...call, detail: lastWords(lines), engine: engine.docker, compose: engine.compose }]
}

function warningsOf(answers: readonly DockerAnswer[]): readonly Warning[] {
  const last = answers.at(-1)
  if (last === undefined || answers.some(({ code }) => code === 0)) return []
  const why = last.code === TIMED_OUT ? 'no answer in time' : `${lastWords(last.lines)} (code ${last.code})`
  return [{ kind: 'up-not-tried', detail: why }]
}

function lastWords(lines: readonly string[]): string {
  return lines.slice(-3).join(' ')
}
