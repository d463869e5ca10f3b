import { namedImage } from './image-names.ts'
import type { Screen } from './screen.ts'
import type { Releases } from './set-up.ts'
import { styled } from './styled-text.ts'
import { layOutTable } from './table.ts'
import { type Deployment, disagreements, reportedImageId } from './verdict.ts'

/** The table at the end: reported, and really running. Gives whether all went and was told as it should. */
export function compare(
  deployments: readonly Deployment[],
  releases: Releases,
  screen: Screen,
): 'as it should' | 'not as it should' {
  screen.step(
    'Compare: reported / really running',
    'What the action reported stands on the left. The rest was read on the server itself, right after each deployment (docker inspect, the env file).',
  )
  const named = (imageId: string) => namedImage(imageId, { ...releases })
  const rows = deployments.map((deployment) => {
    const agree = disagreements(deployment).length === 0
    return [
      styled(deployment.name, 'bold'),
      styled(deployment.reported.outputs.outcome ?? 'nothing'),
      styled(named(reportedImageId(deployment))),
      styled(inService(deployment, named)),
      styled(deployment.reality.environmentReference),
      styled(agree ? 'yes' : 'NO', agree ? 'good' : 'bad'),
    ]
  })
  const header = ['deployment', 'reported', 'reported image', 'really running', 'env file', 'agree']
  screen.say('')
  for (const line of layOutTable(
    header.map((text) => styled(text, 'bold')),
    rows,
    screen.width,
  )) {
    screen.line(line)
  }
  screen.say('')
  for (const deployment of deployments) {
    tellOfStaleReport(deployment, screen)
    for (const difference of disagreements(deployment)) screen.say(`${deployment.name}: ${difference}`, 'bad')
  }
  return deployments.every((deployment) => disagreements(deployment).length === 0)
    ? 'as it should'
    : 'not as it should'
}

/** The runner on the server stops before it writes the newest report when a release fails. */
function tellOfStaleReport({ name, reported, reality }: Deployment, screen: Screen): void {
  const verdict = reported.outputs.verdict ?? ''
  if (verdict === '' || reality.latestVerdict === '' || verdict === reality.latestVerdict) return
  screen.say(
    `${name}: the newest report on the server (latest_runtime_assess.json) says ${reality.latestVerdict}, but it is of an earlier run. The action did not fall for it: it judged and uploaded the report of this run, which says ${verdict}.`,
  )
}

/** One ID where all containers of the release run the same. */
function inService({ reality: { containers } }: Deployment, named: (imageId: string) => string): string {
  const images = new Set(containers.map(({ imageId }) => imageId))
  if (images.size < 2) return named(containers[0]?.imageId ?? '')
  return containers.map(({ name, imageId }) => `${name}: ${named(imageId)}`).join(', ')
}
