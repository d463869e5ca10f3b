import type { EarlierImage, EarlierRelease } from '../../model/earlier-release.ts'
import type { ReturnProblem } from '../../model/problem.ts'
import { leftOut, shortImageId } from './quantities.ts'
import { enumerate, quotedName } from './quote.ts'
import type { ProblemTable } from './table.ts'

/** `actions/rollback` has no release to return to. Nothing was begun on the host. */
export const RETURN: ProblemTable<ReturnProblem, 'code'> = {
  'return.no_release': {
    what: ({ choices }) =>
      choices.length === 0
        ? 'The host has no record of a confirmed deployment of this project.'
        : `The host has no record of a confirmed deployment before the present one. ${choiceList(choices)}`,
    next: 'Deploy the release that you want, by its image.',
    fault: 'configuration',
    docs: {
      names: 'the confirmed deployments that the host still has a record of',
      causes:
        'Only one deployment was confirmed so far, another `project-dir`, or `.closed-loop` was removed. The host keeps the records of the last five transactions, and always those of the last two that were confirmed.',
      cure: 'deploy the wanted release by its image',
    },
  },
  'return.unknown_transaction': {
    what: ({ transaction, choices }) =>
      `The host has no record of a confirmed deployment ${quotedName(transaction)}. ${choiceList(choices)}`,
    next: 'Give one of these as "transaction", or leave it out for the one that was confirmed before the present one.',
    fault: 'configuration',
    docs: {
      names: 'the confirmed deployments that the host still has a record of, with their images',
      causes:
        'A mistyped ID; a deployment that was not confirmed, or is older than the last five transactions.',
      cure: 'one of the IDs that the message names; or deploy the wanted release by its image',
    },
  },
  'return.overtaken': {
    what: ({ release }) =>
      `Another deployment ended while this one waited for the project, so deployment ${quotedName(release.transaction)} is no longer the one before the present release.`,
    next: 'Look at what runs now. If that is still not wanted, run this job again; "transaction" names the release to return to, whatever was deployed since.',
    fault: 'environment',
    docs: {
      names: 'the release that was chosen before the wait',
      causes: 'a deployment was under way when the rollback was started without `transaction`',
      cure: 'look at what runs now, then run it again, or name the `transaction`',
    },
  },
  'return.image_gone': {
    what: ({ release, images, choices }) =>
      `The release of deployment ${quotedName(release.transaction)} cannot come back: ${lostImages(images)} ${choiceList(choices)}`,
    next: 'Bring the image back (docker load, or a pull by digest on the host), choose another "transaction", or deploy a release by its image.',
    fault: 'environment',
    docs: {
      names: 'the images that the host has no more, and that no registry can be asked for',
      causes: '`docker system prune -a` after an image was built on the host, or loaded, and never pulled',
      cure: '`docker load` the image; another `transaction`; or deploy by image',
    },
  },
}

function lostImages(images: readonly EarlierImage[]): string {
  if (images.length === 0) return 'its record names no image.'
  const named = images.map(
    ({ reference, imageId }) =>
      `${quotedName(reference)}${imageId === '' ? '' : ` (${shortImageId(imageId)})`}`,
  )
  return `the host has ${enumerate(named)} no more, and knows no digest to pull by.`
}

const MOST_CHOICES = 10

/** The releases, a line each, the latest first. */
function choiceList(choices: readonly EarlierRelease[]): string {
  if (choices.length === 0) return ''
  const lines = choices.slice(0, MOST_CHOICES).map((release) => `  ${describeRelease(release)}`)
  const more = leftOut(choices.length - lines.length, 'deployment')
  return ['Confirmed deployments:', ...lines, ...(more === '' ? [] : [more])].join('\n')
}

/** Its ID, when it was confirmed, and its images. */
export function describeRelease({ transaction, confirmedAt, images }: EarlierRelease): string {
  const references = images.map(
    ({ reference, presence }) =>
      `${quotedName(reference)}${presence === 'gone' ? ' (no longer on the host)' : ''}`,
  )
  return `${quotedName(transaction)}, confirmed ${quotedName(confirmedAt)}: ${references.join(', ')}`
}
