import * as z from 'zod'
import { type Expected, matching } from './text.ts'

/** The variable of the compose file that names the application's image. */
export const IMAGE_KEY = 'AI_TRADE_IMAGE'
/** The variable that names the image of the assessment tools. */
export const RESEARCH_IMAGE_KEY = 'AI_TRADE_RESEARCH_IMAGE'

/** A variable of the env file and the image reference that it is set to. */
export interface ImageSetting {
  readonly key: string
  readonly reference: string
}

// The grammar of image references (distribution/reference), but a first part counts as a registry only
// where Docker itself takes it for one: it has a dot or a port, or is `localhost`.
const LABEL = '[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?'
const PORT = ':[0-9]{1,5}'
const REGISTRY = `(?:localhost|${LABEL}(?:\\.${LABEL})+|\\[[0-9a-fA-F:]+\\])(?:${PORT})?|${LABEL}${PORT}`
const PATH_PART = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*'
const TAG = '[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,127}'
const DIGEST = 'sha256:[a-f0-9]{64}|sha512:[a-f0-9]{128}'
const REFERENCE = `(?:(?<registry>${REGISTRY})/)?(?<path>${PATH_PART}(?:/${PATH_PART})*)(?::(?:${TAG}))?(?:@(?:${DIGEST}))?`
/** What Docker takes for the ID of a local image, which no registry can deliver. */
const IMAGE_ID = '(?:sha256:)?[a-f0-9]{64}$'

const LONGEST_REFERENCE = 512
const REFERENCE_PATTERN = new RegExp(`^(?!${IMAGE_ID})${REFERENCE}$`)
const ENV_KEY = '[A-Za-z_][A-Za-z0-9_]*'
const SETTING_PATTERN = new RegExp(`^(?<key>${ENV_KEY})=(?<reference>(?!${IMAGE_ID})${REFERENCE})$`)

const REFERENCE_EXPECTED =
  'an image reference like registry.example.com/app:1.2.3 or registry.example.com/app@sha256:<64 hex digits> (repository in lower case, no spaces)'

/** For what came empty, or with an empty part: references mostly come from a job that built the image. */
const DROPPED =
  ' (GitHub drops a job output that contains a secret: keep registry and account names in variables)'
/** Between two signs, or before the first or behind the last; `--rm` is no reference at all. */
const HAS_EMPTY_PART = /^(?:\w+=)?(?:[/:@.]|-(?!-)|$)|[/:@.-]$|(?<!:)\/[/:@.-]|:[.-]|\.[.-]|-\.|[.-][/:@]/

/** Variables that steer compose itself or that the deployment sets to something else than an image. */
const NOT_AN_IMAGE = /^(COMPOSE_.*|AI_TRADE_PROJECT_DIR|AI_TRADE_ENV_FILE)$/

/** An image reference that can be pulled. */
export function imageReference() {
  const expected = mindingOutputs(REFERENCE_EXPECTED)
  return bounded(expected).pipe(matching(expected, REFERENCE_PATTERN))
}

/** One `KEY=reference` of the input `images`. */
export function imageSetting() {
  const expected = mindingOutputs(
    `KEY=reference without spaces around the sign, the reference ${REFERENCE_EXPECTED}`,
  )
  return bounded(expected)
    .pipe(matching(expected, SETTING_PATTERN))
    .transform((text): ImageSetting => {
      const sign = text.indexOf('=')
      return { key: text.slice(0, sign), reference: text.slice(sign + 1) }
    })
    .refine(({ key }) => key !== IMAGE_KEY, {
      error: `another key: ${IMAGE_KEY} is set by the input \`image\``,
    })
    .refine(({ key }) => key !== RESEARCH_IMAGE_KEY, {
      error: `another key: ${RESEARCH_IMAGE_KEY} is set by the input \`research-image\``,
    })
    .refine(({ key }) => !NOT_AN_IMAGE.test(key), {
      error: 'the key of an image variable of the compose file',
    })
}

/** Whether every setting has a key of its own. */
export function haveDistinctKeys(settings: readonly ImageSetting[]): boolean {
  return new Set(settings.map(({ key }) => key)).size === settings.length
}

/** A registry as `docker login` takes it: the first part of an image reference. */
export function registryServer() {
  const expected = 'a registry like registry.example.com or registry.example.com:5000, without scheme or path'
  return bounded(expected).pipe(matching(expected, new RegExp(`^(?:${REGISTRY})$`)))
}

/** The name of a variable as a shell and an env file allow it. */
export function envKey() {
  return matching('names of environment variables (letters, digits, _)', new RegExp(`^${ENV_KEY}$`))
}

/** The registry that a reference is pulled from; Docker Hub when it names none. */
export function registryOf(reference: string): string {
  return REFERENCE_PATTERN.exec(reference)?.groups?.registry ?? 'docker.io'
}

/** A reference without its tag and digest. */
export function repositoryOf(reference: string): string {
  const { registry, path = reference } = REFERENCE_PATTERN.exec(reference)?.groups ?? {}
  return registry === undefined ? path : `${registry}/${path}`
}

/** The one spelling that Docker itself uses for a reference: `app` is `docker.io/library/app:latest`. */
export function canonicalReference(reference: string): string {
  const repository = repositoryOf(reference)
  const rest = reference.slice(repository.length)
  const registry = registryOf(reference)
  const path = repository.replace(/^(?:index\.)?docker\.io\//u, '')
  if (registry !== 'docker.io' && registry !== 'index.docker.io') return `${repository}${rest || ':latest'}`
  return `docker.io/${path.includes('/') ? path : `library/${path}`}${rest || ':latest'}`
}

function mindingOutputs(expected: string) {
  return ({ input }: { readonly input?: unknown }) =>
    input === undefined || HAS_EMPTY_PART.test(String(input)) ? `${expected}${DROPPED}` : expected
}

function bounded(expected: Expected) {
  return z.string({ error: expected }).max(LONGEST_REFERENCE, { error: expected })
}
