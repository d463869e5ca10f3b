import type { DeploymentReport, Fault } from '../../model/outcome.ts'
import type { Problem } from '../../model/problem.ts'

/** Whose words they are: of a program in a container, or of the host's own Docker and shell. */
export type Speaker = 'container' | 'host'

/** A known cause, told by what programs on the host said about it. */
interface Hint {
  readonly sign: RegExp
  /** Whose words it is written for; absent where it does not matter. */
  readonly of?: Speaker
  /** What it must be said of as well, where the sign alone can mean anything. */
  readonly about?: RegExp
  /** Of what it is not written, although the same words are said there. */
  readonly unless?: RegExp
  readonly cure: string
  /** Where it says more than the code of the problem: a release that cannot log in to its exchange did nothing wrong. */
  readonly fault?: Fault
}

const PROJECT_FILES = /docker-compose|\.env\b|closed_loop_runner|data\/reports|AI_TRADE_PROJECT_DIR/iu

/** What cures the failures that the spec knows. */
export const CURES = {
  PROJECT_PATH:
    'A container does not find a path of the project: AI_TRADE_PROJECT_DIR in the env file must be the absolute path of the project directory on the host, which the services mount at the same path.',
  DOCKER_SOCKET:
    'A container cannot use the Docker socket: mount /var/run/docker.sock into it, and add its user to the group that owns it on the host.',
  RESEARCH_IMAGE:
    'The research image cannot be used: check that AI_TRADE_RESEARCH_IMAGE (input "research-image") can be pulled, and has the tools that the runner calls.',
} as const

const DOCKER_REFUSES = /permission denied|cannot connect to the docker daemon|connect (?:ENOENT|EACCES)/iu
const DOCKER_ITSELF = /docker\.sock|docker daemon/iu

/** What one logs in with, as a word of its own: not in the name of a file or of a setting. */
const CREDENTIAL =
  '(?<![a-z0-9])(?:api[ _-]?key|credential|signature)s?(?!(?!_(?:invalid|expired))[a-z0-9_]|\\.[a-z0-9])'
/** That an exchange said it, or nothing else is said at all. */
const EXCHANGE =
  /(?<![a-z])(?:bybit|binance|okx)(?![a-z])|\bexchange\b|ret_?(?:code|msg)|\b(?:http|status)\b.{0,12}\b40[13]\b|(?:^|\b(?:error|fatal|critical|warn(?:ing)?)\b)\W*(?:invalid (?:api.?key|credentials?|signature)|(?:api.?key|credentials?|signature)(?: (?:is|are))? (?:invalid|expired|wrong))\W*$/iu

/** From the spec and from what production did to an earlier version of this system. */
const HINTS: readonly Hint[] = [
  {
    sign: /no such file or directory|not a directory|does not exist|can't (?:open|cd)|cannot (?:open|access)/iu,
    about: PROJECT_FILES,
    cure: CURES.PROJECT_PATH,
  },
  {
    sign: DOCKER_REFUSES,
    about: DOCKER_ITSELF,
    of: 'container',
    cure: CURES.DOCKER_SOCKET,
    fault: 'environment',
  },
  {
    sign: DOCKER_REFUSES,
    about: DOCKER_ITSELF,
    of: 'host',
    cure: 'Docker does not answer the SSH user on the host: start Docker, and let that user use it (group docker, or rootless).',
    fault: 'environment',
  },
  {
    sign: /pull access denied|no such image|manifest unknown|(?:manifest|image|repository)\b.*\bnot found|research\S*: not found/iu,
    about: /ai-trade-research|AI_TRADE_RESEARCH_IMAGE/iu,
    cure: CURES.RESEARCH_IMAGE,
  },
  {
    sign: /cannot find module|ModuleNotFoundError|can't open file|(?:exec|executable|command|sh: ).*not found/iu,
    about: /\/?tools\//iu,
    cure: CURES.RESEARCH_IMAGE,
  },
  {
    sign: new RegExp(
      `${CREDENTIAL}.{0,40}(?:invalid|expired|wrong|mismatch|error|denied)|(?:invalid|expired|wrong).{0,20}${CREDENTIAL}|ret_?code\\W{1,4}(?:10003|10004|33004)\\b`,
      'iu',
    ),
    about: EXCHANGE,
    of: 'container',
    // What a registry or a credential helper of Docker says of its own credentials.
    unless: /docker-credential|getting credentials|registry|docker login|certificate/iu,
    cure: 'The exchange refused the credentials: check the keys in the env file on the host, and whether they expired. The release may be good.',
    fault: 'configuration',
  },
  {
    sign: /no space left on device|ENOSPC/u,
    cure: 'The disk of the host is full: "docker system df" and "df -h" show what fills it.',
    fault: 'environment',
  },
  {
    sign: /port is already allocated|address already in use|EADDRINUSE/iu,
    cure: 'Another program on the host uses a port that the release needs: find it ("ss -ltnp"), and stop it or change the port.',
    fault: 'environment',
  },
]

/** At most three causes that what was said points to, as sentences. They are guesses, and called so where they are shown. */
export function hintsOf(report: Pick<DeploymentReport, 'ending' | 'outputTail'>): readonly string[] {
  return hintsIn(report)
    .slice(0, 3)
    .map(({ cure }) => cure)
}

/** Whose fault it is by what was said; undefined where nothing says it better than the problem. */
export function saidFault(report: Pick<DeploymentReport, 'ending' | 'outputTail'>): Fault | undefined {
  return hintsIn(report).find(({ fault }) => fault !== undefined)?.fault
}

function hintsIn({ ending, outputTail }: Pick<DeploymentReport, 'ending' | 'outputTail'>): readonly Hint[] {
  if (ending.kind === 'promoted') return []
  const { because } = ending
  const heard = speakerOf(because)
  // What was measured bad needs no cause beside it, but for one that makes it no fault of the release.
  const hints = HINTS.filter(({ fault }) => because.code !== 'gate.failed' || fault === 'configuration')
  return hints.filter(
    (hint) =>
      detailsOf(because).some((line) => isSaid(hint, line, 'host')) ||
      outputTail.some((line) => isSaid(hint, line, heard)),
  )
}

/** Whose the last words are: where the host's Docker did not do what it was called for, they are its own. */
function speakerOf({ code }: Problem): Speaker {
  return /^(?:recover|snapshot|prefetch|apply|rollback|verify)\.|^confirm\.(?!unstable)/u.test(code)
    ? 'host'
    : 'container'
}

function isSaid({ sign, about, unless, of }: Hint, line: string, by: Speaker): boolean {
  return (
    (of === undefined || of === by) &&
    sign.test(line) &&
    about?.test(line) !== false &&
    unless?.test(line) !== true
  )
}

/** What cures what a line says, as sentences; empty where no known cause is said. */
export function curesOf(line: string, by: Speaker): string {
  return HINTS.filter((hint) => isSaid(hint, line, by))
    .map(({ cure }) => cure)
    .join(' ')
}

/** What a foreign program said, in the problem itself. */
function detailsOf(problem: Problem): readonly string[] {
  return 'detail' in problem ? problem.detail.split('\n') : []
}
