import type { RollbackProblem } from '../../model/problem.ts'
import { duration, shortImageId } from './quantities.ts'
import { enumerate, quotedName, quotedOutput } from './quote.ts'
import type { ProblemTable } from './table.ts'

/** A rollback that did not restore the snapshot, or is not done. */
export const ROLLBACK: ProblemTable<RollbackProblem, 'code'> = {
  'rollback.failed': {
    what: ({ detail, notRestored, differences }) => {
      const refused =
        notRestored.length === 0
          ? ''
          : ` Docker or Compose refused to restore: ${notRestored.map(quotedOutput).join('; ')}.`
      const different =
        differences.length === 0 ? '' : ` What differs from the snapshot: ${enumerate(differences)}.`
      return `The rollback failed: ${quotedOutput(detail)}.${refused}${different}`
    },
    next: 'Cure the cause named here on the host, then try the rollback once more there.',
    fault: 'environment',
    docs: {
      names:
        'what the host could not restore, with the last output of Docker or Compose about it; every difference from the snapshot (`container: field is X, was Y`). "Runs now" names what is back as before',
      causes:
        'A disk that is full. A port or name that somebody else took meanwhile. A restored service that does not become healthy within `health-timeout` and a minute (3 min at least), or restarts. If only a healthcheck has not passed yet, the host stops nothing, and `host.sh rollback ID` verifies it once it has, without a restart. An env file that somebody broke meanwhile, so that Compose cannot read it. A damaged copy in the snapshot (never restored). A later transaction was promoted, or has not ended.',
      cure: 'Runs now: a mixture. The host restored what it could; if it could not restore or read the files, the release itself runs, and the services that had rested for it. The summary has the last state seen. Cure what the message names, then `host.sh rollback ID`. The next deployment is not refused: its snapshot would record the broken state.',
    },
  },
  'rollback.image_gone': {
    what: ({ images, detail }) => {
      const gone = images.map(
        ({ reference, imageId }) => `${quotedName(reference)} (${shortImageId(imageId)})`,
      )
      return `The rollback failed: somebody removed images from the host during the deployment ("docker system prune -a" does), and they could not be pulled again: ${enumerate(gone)}. ${quotedOutput(detail)}.`
    },
    next: 'Bring these very images back to the host ("docker pull" by digest, or "docker load"), then try the rollback once more there. Or deploy a release that is good.',
    fault: 'environment',
    docs: {
      names:
        'the images of what ran before that are gone and could not be pulled again; everything of other images is back',
      causes:
        "`docker system prune -a`, or `docker rmi -f`, during the deployment; the registry does not have the digest, or does not answer, or the host itself may not pull it (the action's token is gone by then); an image that was built or tagged on the host itself: the host asks only the repository that the reference names",
      cure: 'Bring back these very images (`docker pull` by digest, `docker load`), then `host.sh rollback ID`. Or deploy a release that is good.',
    },
  },
  'rollback.timeout': {
    what: ({ seconds }) =>
      `The rollback did not finish within ${duration(seconds * 1000)}. The host goes on with it by itself.`,
    next: 'If it does not become "rolled_back" there, try the rollback once more on the host.',
    fault: 'environment',
    docs: {
      names:
        'that the rollback did not finish within 5 min, `health-timeout` and twice the longest `stop_grace_period`; the outcome is `unknown`',
      causes: 'slow healthchecks; dockerd away',
      cure: 'The host goes on by itself: the post step, the next run, `actions/verify` and `host.sh status` show how it ended.',
    },
  },
  'rollback.kept': {
    what: 'Somebody ended this deployment on the host with "host.sh keep": what ran then stays, and nothing was restored.',
    next: 'To run another release, deploy it. Services that this deployment had stopped may still stand still: start them with "docker compose".',
    fault: 'environment',
    docs: {
      names: 'that somebody ended the deployment on the host with `host.sh keep`; nothing was restored',
      causes: 'a person decided',
      cure: 'Nothing, or deploy the wanted release; start services that stand still with `docker compose`.',
    },
  },
}
