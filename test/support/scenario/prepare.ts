import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import type { Behaviour } from '../../../examples/ai-trade/src/app/behaviour.ts'
import type { PrivateHost } from '../private-host/private-host.ts'
import { prepareReleases, publishRelease, type Release, type SupportImages } from '../releases/releases.ts'

/** What a host's registry has for scenarios. */
export interface ScenarioReleases extends SupportImages {
  /**
   * The release of that behaviour, published when it is asked for first. Another `tag` gives another image of
   * the same behaviour; the tag of a release is never moved from here.
   */
  release(
    behaviour: Behaviour,
    options?: { readonly tag?: string; readonly delaySeconds?: number; readonly revision?: string },
  ): Promise<Release>
}

const releaseSchema = z.object({ reference: z.string(), imageId: z.string() })
const publishedSchema = z.object({
  research: releaseSchema,
  scheduler: releaseSchema,
  releases: z.record(z.string(), releaseSchema),
})

/**
 * Once per host, however many test files use it one after the other: what is published is remembered in a
 * file beside the host's own, so that it goes when the host goes.
 */
export async function prepareScenarios(host: PrivateHost): Promise<ScenarioReleases> {
  const file = join(host.describe().directory, 'scenario-releases.json')
  const read = () => publishedSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
  const write = (published: z.infer<typeof publishedSchema>) => writeFileSync(file, JSON.stringify(published))
  if (!existsSync(file)) {
    write({ ...(await prepareReleases(host, () => undefined)), releases: {} })
  }
  const { research, scheduler } = read()
  return {
    research,
    scheduler,
    release: async (behaviour, options = {}) => {
      const { tag = behaviour } = options
      const known = read().releases[tag]
      if (known !== undefined) return known
      const published = await publishRelease(host, { behaviour, ...options, tag })
      const now = read()
      write({ ...now, releases: { ...now.releases, [tag]: published } })
      return published
    },
  }
}
