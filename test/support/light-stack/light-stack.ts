import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import { baseImages, importBaseImages } from '../private-host/base-images.ts'
import type { PrivateHost } from '../private-host/private-host.ts'
import { publish } from '../private-host/publish.ts'
import { placeFiles } from '../releases/example-files.ts'
import type { Release } from '../releases/releases.ts'
import { pullImages, resetHost } from '../scenario/project-state.ts'
import { lightFiles, type Stopping } from './files.ts'

/** What the registry has for the light stack: good releases to go to and fro, and one that the loop fails. */
export interface LightReleases {
  readonly one: Release
  readonly other: Release
  readonly third: Release
  readonly bad: Release
  readonly scheduler: Release
}

/** A stack that runs, of busybox alone, so that a whole deployment takes seconds. */
export interface LightStack {
  readonly host: PrivateHost
  readonly projectDir: string
  readonly releases: LightReleases
  readonly canaries: readonly string[]
}

/** What a deployment of it is told besides the host and the image: nothing of it needs long. */
export const LIGHT_INPUTS = {
  lease: '15s',
  'health-timeout': '60s',
  'evidence-timeout': '60s',
  'assess-timeout': '60s',
  'prefetch-timeout': '60s',
  'lock-timeout': '90s',
} as const

export const LIGHT_VARIABLES = { CLOSED_LOOP_MIN_RUNTIME_STATUS: '2' } as const

const releaseSchema = z.object({ reference: z.string(), imageId: z.string() })
const publishedSchema = z.object({
  one: releaseSchema,
  other: releaseSchema,
  third: releaseSchema,
  bad: releaseSchema,
  scheduler: releaseSchema,
})

export interface LightOptions {
  /** Default `at-once`. */
  readonly stopping?: Stopping
  /** Where given, the project directory is a file system of its own, of this size. Whoever asks unmounts it. */
  readonly fileSystemMebibytes?: number
}

/** Takes a host back to nothing and brings the stack up in release `one`, by hand as its users did. */
export async function lightStack(host: PrivateHost, options: LightOptions = {}): Promise<LightStack> {
  const { stopping = { kind: 'at-once' }, fileSystemMebibytes } = options
  const projectDir = '/opt/ai-trade'
  const releases = await publishedOnce(host)
  await resetHost(host)
  const { files, canaries } = lightFiles(
    projectDir,
    releases.one.reference,
    releases.scheduler.reference,
    stopping,
  )
  if (fileSystemMebibytes !== undefined)
    await host.sh(
      `mkdir -p '${projectDir}' && mount -t tmpfs -o size=${fileSystemMebibytes}m,mode=755 tmpfs '${projectDir}'`,
    )
  await host.sh(`${placeFiles(projectDir, files)}\nmkdir -p data`)
  await pullImages(host, releases.one.reference, releases.scheduler.reference)
  await host.sh(`cd '${projectDir}' && docker compose -f docker-compose.prod.yml --env-file .env.runtime up -d
until [ "$(docker inspect --format '{{.State.Health.Status}}' ai-trade)" = healthy ]; do sleep 0.1; done`)
  return { host, projectDir, releases, canaries }
}

/** Remembered in a file beside the host's own, so that it goes when the host goes. */
async function publishedOnce(host: PrivateHost): Promise<LightReleases> {
  const file = join(host.describe().directory, 'light-releases.json')
  if (existsSync(file)) return publishedSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
  await importBaseImages(host, () => undefined, [baseImages.busybox])
  const published = {
    one: await publishLight(host, 'one', 'PASS'),
    other: await publishLight(host, 'other', 'PASS'),
    third: await publishLight(host, 'third', 'PASS'),
    bad: await publishLight(host, 'bad', 'FAIL'),
    scheduler: await publishLight(host, 'scheduler', ''),
  }
  writeFileSync(file, JSON.stringify(published))
  return published
}

function publishLight(host: PrivateHost, tag: string, verdict: string): Promise<Release> {
  return publishAs(host, tag, `LABEL tag=${tag} verdict=${verdict}`)
}

/** A good release whose image has no label at all, as many have. */
export function publishWithoutLabels(host: PrivateHost, tag: string): Promise<Release> {
  return publishAs(host, tag, `ENV WHICH=${tag}`)
}

async function publishAs(host: PrivateHost, tag: string, instruction: string): Promise<Release> {
  const reference = `${host.registry.address}/light:${tag}`
  const dockerfile = `FROM ${baseImages.busybox}\n${instruction}\n`
  const { imageId } = await publish(host, { reference, dockerfile, files: {} })
  return { reference, imageId }
}
