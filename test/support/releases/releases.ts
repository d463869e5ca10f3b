import type { Behaviour } from '../../../examples/ai-trade/src/app/behaviour.ts'
import { baseImages, importBaseImages } from '../private-host/base-images.ts'
import type { PrivateHost } from '../private-host/private-host.ts'
import { publish } from '../private-host/publish.ts'
import { exampleBuildContext, exampleFile, placeFiles } from './example-files.ts'

/** An image in the host's registry, and the ID (`sha256:…`) that it has once it is pulled. */
export interface Release {
  readonly reference: string
  readonly imageId: string
}

export interface ReleaseOptions {
  readonly behaviour: Behaviour
  /** Images of different tags differ in content, also with the same behaviour. */
  readonly tag: string
  /** `slow`: until the first log line (default 30). `crash-later`: from the first good health check to the end (default 1). */
  readonly delaySeconds?: number
  /** Which commit the image says it was built from; default: it does not say. */
  readonly revision?: string
}

/** The images that every stack needs, whatever is released. */
export interface SupportImages {
  readonly research: Release
  readonly scheduler: Release
}

/** The app as built from the example: it stays in the host, so that a release adds only what it differs by. */
const APP_IMAGE = 'closed-loop-base/ai-trade'

/**
 * Docker takes a health check's start period from the image where the container sets none (0s), and failed
 * checks do not count for that long: the state stays `starting`. The test and the interval are what it takes for
 * an image to have a health check at all; those of the containers are used.
 */
const LONG_START_PERIOD = 'HEALTHCHECK --interval=1s --start-period=24h CMD ["true"]'

/**
 * Once per host, before anything else here: imports the base images, builds the app, and publishes the images
 * that do not change with the release.
 */
export async function prepareReleases(
  host: PrivateHost,
  log: (line: string) => void,
): Promise<SupportImages> {
  await importBaseImages(host, log)
  log('building the app image, publishing the research and scheduler images')
  const [research, scheduler] = await Promise.all([
    publishResearch(host),
    publishSchedulerImage(host),
    buildAppImage(host),
  ])
  return { research, scheduler }
}

/**
 * Puts the example's app with a behaviour into the host's registry as `ai-trade:<tag>`. A tag that exists is
 * moved. Throws when the build or the push fails.
 */
export async function publishRelease(host: PrivateHost, options: ReleaseOptions): Promise<Release> {
  const { behaviour, tag, delaySeconds = '', revision } = options
  const dockerfile = [
    `FROM ${APP_IMAGE}`,
    `ENV AI_TRADE_BEHAVIOUR=${behaviour} AI_TRADE_BEHAVIOUR_DELAY_SECONDS=${delaySeconds}`,
    versionLabel(tag),
    ...(revision === undefined ? [] : [`LABEL org.opencontainers.image.revision='${revision}'`]),
    ...(behaviour === 'never-healthy' ? [LONG_START_PERIOD] : []),
  ].join('\n')
  return await published(host, `ai-trade:${tag}`, { dockerfile, files: {} })
}

/** The research image, as `ai-trade-research:<tag>`. */
export async function publishResearch(host: PrivateHost, tag = '1'): Promise<Release> {
  const dockerfile = `${onTestBase(exampleFile('Dockerfile.research'))}${versionLabel(tag)}\n`
  return await published(host, `ai-trade-research:${tag}`, { dockerfile, files: exampleBuildContext() })
}

/** The docker client image that the scheduler runs in, as `docker-cli:<tag>`. */
export async function publishSchedulerImage(host: PrivateHost, tag = '1'): Promise<Release> {
  const dockerfile = `FROM ${baseImages.dockerClient}\n${versionLabel(tag)}\n`
  return await published(host, `docker-cli:${tag}`, { dockerfile, files: {} })
}

async function buildAppImage(host: PrivateHost): Promise<void> {
  const context = { ...exampleBuildContext(), Dockerfile: onTestBase(exampleFile('Dockerfile')) }
  const files = Object.entries(context).map(([path, content]) => ({ path, content, mode: '0644' }))
  const directory = '/tmp/ai-trade-image'
  // As input: it is too long for an argument.
  await host.sh('sh', {
    stdin: `${placeFiles(directory, files)}
DOCKER_BUILDKIT=0 docker build --quiet --tag ${APP_IMAGE} .
rm -r '${directory}'`,
  })
}

async function published(
  host: PrivateHost,
  name: string,
  image: { readonly dockerfile: string; readonly files: Readonly<Record<string, string>> },
): Promise<Release> {
  const reference = `${host.registry.address}/${name}`
  const { imageId } = await publish(host, { ...image, reference })
  return { reference, imageId }
}

function versionLabel(tag: string): string {
  return `LABEL org.opencontainers.image.version=${tag}`
}

/** The same Dockerfile on the test bed's own node image, which needs no network. */
function onTestBase(dockerfile: string): string {
  const declaration = /^ARG BASE=.*$/m
  if (!declaration.test(dockerfile)) throw new Error('the Dockerfile has no build argument BASE')
  return dockerfile.replace(declaration, `ARG BASE=${baseImages.node}`)
}
