import type { DeploymentReport, Fault } from '../../model/outcome.ts'
import type { Problem } from '../../model/problem.ts'

/** Who wrote a line: a program in a container, or the host's own Docker and shell. */
export type Speaker = 'container' | 'host'

/** A known cause of failures, and the output by which it shows. */
interface KnownCause {
  readonly sign: RegExp
  /** Whose output counts; absent where it does not matter. */
  readonly of?: Speaker
  /** What the line must name as well, where the sign alone can mean anything. */
  readonly about?: RegExp
  /** Lines that look alike and mean something else. */
  readonly unless?: RegExp
  readonly cure: string
  /** Where it is known better than by the problem: a release that cannot log in to its exchange may be good. */
  readonly fault?: Fault
  /** For docs/troubleshooting.md, in Markdown: the output, and what it points to. */
  readonly docs: { readonly output: string; readonly pointsTo: string }
}

const PROJECT_FILES = /docker-compose|\.env\b|closed_loop_runner|data\/reports|AI_TRADE_PROJECT_DIR/iu

/** Cures that the checks of `actions/verify` name too. */
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

/** A credential as a word of its own: not in the name of a file or of a setting. */
const CREDENTIAL =
  '(?<![a-z0-9])(?:api[ _-]?key|credential|signature)s?(?!(?!_(?:invalid|expired))[a-z0-9_]|\\.[a-z0-9])'
/** The line is of an exchange, or has nothing beside the credential. */
const EXCHANGE =
  /(?<![a-z])(?:bybit|binance|okx)(?![a-z])|\bexchange\b|ret_?(?:code|msg)|\b(?:http|status)\b.{0,12}\b40[13]\b|(?:^|\b(?:error|fatal|critical|warn(?:ing)?)\b)\W*(?:invalid (?:api.?key|credentials?|signature)|(?:api.?key|credentials?|signature)(?: (?:is|are))? (?:invalid|expired|wrong))\W*$/iu

/** Each was seen in production. */
export const KNOWN_CAUSES: readonly KnownCause[] = [
  {
    sign: /no such file or directory|not a directory|does not exist|can't (?:open|cd)|cannot (?:open|access)/iu,
    about: PROJECT_FILES,
    cure: CURES.PROJECT_PATH,
    docs: {
      output:
        'a file of the project does not exist (compose file, env file, runner, reports), mostly by `scheduler`',
      pointsTo:
        '`AI_TRADE_PROJECT_DIR` in the env file: it must be the absolute path of the project directory on the host, mounted at the same path',
    },
  },
  {
    sign: DOCKER_REFUSES,
    about: DOCKER_ITSELF,
    of: 'container',
    cure: CURES.DOCKER_SOCKET,
    fault: 'environment',
    docs: {
      output: 'no permission for `docker.sock`, by a container: mostly `watchdog` or `scheduler`',
      pointsTo: 'the mount of `/var/run/docker.sock`, and the group that owns it',
    },
  },
  {
    sign: DOCKER_REFUSES,
    about: DOCKER_ITSELF,
    of: 'host',
    cure: 'Docker does not answer the SSH user on the host: start Docker, and let that user use it (group docker, or rootless).',
    fault: 'environment',
    docs: {
      output:
        "the same, or that Docker does not answer, by the host's own Docker (the problem is one of `prefetch`, `apply`, `confirm` or `rollback`)",
      pointsTo: 'Docker on the host, and the right of the SSH user to use it',
    },
  },
  {
    sign: /pull access denied|no such image|manifest unknown|(?:manifest|image|repository)\b.*\bnot found|research\S*: not found/iu,
    about: /ai-trade-research|AI_TRADE_RESEARCH_IMAGE/iu,
    cure: CURES.RESEARCH_IMAGE,
    docs: {
      output: 'the research image is not found',
      pointsTo: '`AI_TRADE_RESEARCH_IMAGE`: whether it can be pulled',
    },
  },
  {
    sign: /cannot find module|ModuleNotFoundError|can't open file|(?:exec|executable|command|sh: ).*not found/iu,
    about: /\/?tools\//iu,
    cure: CURES.RESEARCH_IMAGE,
    docs: {
      output: 'a tool of the runner is not found',
      pointsTo: "`AI_TRADE_RESEARCH_IMAGE`: whether the image has the runner's `tools/*`",
    },
  },
  {
    sign: new RegExp(
      `${CREDENTIAL}.{0,40}(?:invalid|expired|wrong|mismatch|error|denied)|(?:invalid|expired|wrong).{0,20}${CREDENTIAL}|ret_?code\\W{1,4}(?:10003|10004|33004)\\b`,
      'iu',
    ),
    about: EXCHANGE,
    of: 'container',
    // A registry or a credential helper of Docker, about its own credentials.
    unless: /docker-credential|getting credentials|registry|docker login|certificate/iu,
    cure: 'The exchange refused the credentials: check the keys in the env file on the host, and whether they expired. The release may be good.',
    fault: 'configuration',
    docs: {
      output: 'API key or signature invalid or expired, by the exchange',
      pointsTo: "the exchange's credentials in the env file",
    },
  },
  {
    sign: /no space left on device|ENOSPC/u,
    cure: 'The disk of the host is full: "docker system df" and "df -h" show what fills it.',
    fault: 'environment',
    docs: {
      output: 'no space left on device',
      pointsTo: 'the disk: `docker system df`, `df -h`',
    },
  },
  {
    sign: /port is already allocated|address already in use|EADDRINUSE/iu,
    cure: 'Another program on the host uses a port that the release needs: find it ("ss -ltnp"), and stop it or change the port.',
    fault: 'environment',
    docs: {
      output: 'a port is in use',
      pointsTo: 'who has it: `ss -ltnp`',
    },
  },
]

type Ended = Pick<DeploymentReport, 'ending' | 'outputTail'>

/** The cures of at most three known causes, as sentences. They are guesses, and called so where they are shown. */
export function hintsOf(report: Ended): readonly string[] {
  return knownCausesOf(report)
    .slice(0, 3)
    .map(({ cure }) => cure)
}

/** Whose fault it is by the output of the host; undefined where that does not tell more than the problem. */
export function faultOfKnownCause(report: Ended): Fault | undefined {
  return knownCausesOf(report).find(({ fault }) => fault !== undefined)?.fault
}

function knownCausesOf({ ending, outputTail }: Ended): readonly KnownCause[] {
  if (ending.kind === 'promoted') return []
  const { because } = ending
  const speaker = speakerOf(because)
  const details = 'detail' in because ? because.detail.split('\n') : []
  return KNOWN_CAUSES.filter(
    (cause) =>
      // A release that was measured bad needs no other cause, but for one that makes it no fault of the release.
      (because.code !== 'gate.failed' || cause.fault === 'configuration') &&
      (details.some((line) => shows(cause, line, 'host')) ||
        outputTail.some((line) => shows(cause, line, speaker))),
  )
}

/** Who wrote the last lines: where the host's Docker did not do its work, Docker itself. */
function speakerOf({ code }: Problem): Speaker {
  return /^(?:recover|snapshot|prefetch|apply|rollback|verify)\.|^confirm\.(?!unstable)/u.test(code)
    ? 'host'
    : 'container'
}

function shows({ sign, about, unless, of }: KnownCause, line: string, by: Speaker): boolean {
  return (
    (of === undefined || of === by) &&
    sign.test(line) &&
    about?.test(line) !== false &&
    unless?.test(line) !== true
  )
}

/** The cures of the known causes that a line shows, as sentences; empty where there is none. */
export function curesOf(line: string, by: Speaker): string {
  return KNOWN_CAUSES.filter((cause) => shows(cause, line, by))
    .map(({ cure }) => cure)
    .join(' ')
}
