import type { Fault } from '../../model/outcome.ts'
import type { PrefetchProblem } from '../../model/problem.ts'
import { duration } from './quantities.ts'
import { quotedName, quotedOutput } from './quote.ts'
import { describeSpace } from './space.ts'
import type { ProblemTable } from './table.ts'

/** The snapshot and the pulls. The host had changed nothing that serves by then. */
export const PREFETCH: ProblemTable<PrefetchProblem, 'code'> = {
  'prefetch.login_failed': {
    what: ({ registry, image, detail }) =>
      `The registry ${quotedName(registry)} refused ${quotedName(image)} to the account of "registry-username": ${quotedOutput(detail)}.`,
    next: 'Correct the inputs "registry-username" and "registry-password", renew an expired token, or give the account the right to read this image. Many registries give the same answer for a missing image: check the reference too.',
    fault: 'configuration',
    docs: {
      names: 'the registry that refused the image to the account of `registry-username`, and its answer',
      causes:
        'A wrong or expired token: tokens of many registries last an hour. A token without the right to read packages, or this image. `GITHUB_TOKEN` without `packages: read`. No such image: many registries answer "denied" then too.',
      cure: 'a new token, the right for this image, or the right reference; or leave both inputs out and log the host in once',
    },
  },
  'prefetch.pull_failed': {
    what: ({ image, detail }) =>
      `The image ${quotedName(image)} could not be pulled: ${quotedOutput(detail)}.`,
    next: 'Check that the image was pushed under exactly this reference, that the host may read it, and that the disk has room.',
    fault: {
      of: ({ detail }) => faultOfPull(detail),
      docs: '`configuration`: the reference, or the right to pull; `environment`: network, registry, disk; else `unknown`',
    },
    docs: {
      names: 'the image, and the output of docker',
      causes:
        '"not found": pushed under another tag or name, or not pushed yet. "denied", "unauthorized": a private image, no right or no login; with `registry-username`, an image of a registry other than that of `registry` (or `image`), which has no login. "no matching manifest": built for another architecture. "no space left on device". "toomanyrequests": a rate limit. "timeout", "no such host": the host (not the runner) cannot reach the registry.',
      cure: 'cure what the output names; `docker pull` the same reference on the host',
    },
  },
  'prefetch.no_space': {
    what: ({ space }) =>
      `The disk of the host has too little space for this deployment: ${describeSpace(space)}.`,
    next: 'Make room on the host ("docker system df", "docker image prune"; the input "prune-images" removes old releases), then deploy again.',
    fault: 'environment',
    docs: {
      names:
        'what the pull needs and what is free where Docker keeps images; the same for snapshot and rollback at the project',
      causes:
        'images of old releases; logs; a disk that is too small. A compressed layer counts four times: itself, and three times for its files',
      cure: '`docker system df`, `docker image prune`; `prune-images: old`; a bigger disk',
    },
  },
  'prefetch.timeout': {
    what: ({ seconds }) => `The host did not pull the images within ${duration(seconds * 1000)}.`,
    next: 'Check the network between the host and the registry, or raise the input "prefetch-timeout".',
    fault: 'environment',
    docs: {
      names: 'that the host could not pull within `prefetch-timeout`',
      causes: 'slow registry, large images',
      cure: 'raise it, or mirror the images nearer',
    },
  },
  'prefetch.failed': {
    what: ({ detail }) => `The host could not pull the images: ${quotedOutput(detail)}.`,
    next: 'Cure the cause named here on the host, then deploy again.',
    fault: 'environment',
    docs: {
      names: 'the output of the host',
      causes: 'disk full; dockerd restarted',
      cure: 'cure, deploy again',
    },
  },
  'prefetch.other_revision': {
    what: ({ reference, revision, commit }) =>
      `The image ${quotedName(reference)} ${revision === '' ? 'does not name the commit it was built from' : `names the commit ${quotedName(revision)}`}; this workflow run is of ${quotedName(commit)}, and "expect-revision" is set.`,
    next: 'Deploy the image that was built from this commit, with the label org.opencontainers.image.revision (docker/metadata-action sets it); or unset "expect-revision".',
    fault: 'configuration',
    docs: {
      names:
        'the commit in the label `org.opencontainers.image.revision` of the image, or that the label is missing; and the commit of the run',
      causes:
        '`expect-revision` is set; an older tag, a build of another branch, a build that sets no labels',
      cure: 'deploy the image of this commit; let the build set the label (docker/metadata-action does)',
    },
  },
  'snapshot.failed': {
    what: ({ detail }) =>
      `The host could not record what runs now, and a rollback needs that: ${quotedOutput(detail)}.`,
    next: 'Check disk space and permissions of .closed-loop in the project directory, then deploy again.',
    fault: 'environment',
    docs: {
      names: 'what the host could not record',
      causes: 'disk full; over 60 s; the image of a container is no longer on the host, so it cannot be held',
      cure: 'free space; start that service anew by hand',
    },
  },
}

const REFERENCE_OR_RIGHTS =
  /not found|manifest unknown|name unknown|denied|unauthorized|no basic auth|authentication required|invalid reference|no matching manifest/iu
const NETWORK_OR_DISK =
  /timeout|timed out|deadline exceeded|refused|reset|no such host|no route|unreachable|EOF|TLS|certificate|x509|no space left|toomanyrequests|\b50[0-4]\b/iu

/** Docker tells the cause of a failed pull in words only. */
function faultOfPull(detail: string): Fault {
  if (NETWORK_OR_DISK.test(detail)) return 'environment'
  return REFERENCE_OR_RIGHTS.test(detail) ? 'configuration' : 'unknown'
}
