import type { PreflightFinding, PreflightProblem } from '../../model/problem.ts'
import { enumerate, quotedName, quotedOutput } from './quote.ts'
import type { Words } from './words.ts'

/** What preflight found, all at once, and what cures it. */
export function describePreflightProblem(problem: PreflightProblem): Words {
  switch (problem.code) {
    case 'preflight.refused': {
      const findings = problem.findings.map(describeFinding)
      return {
        what: ['The host is not ready for a deployment:', ...findings.map(({ what }) => `• ${what}`)].join(
          '\n',
        ),
        next: [...new Set(findings.map(({ next }) => next))].join('\n'),
      }
    }
    case 'preflight.timeout':
      return {
        what: `The checks before the deployment did not finish within ${problem.seconds} s.`,
        next: 'Check the load of the host and whether "docker ps" answers there, then deploy again.',
      }
    case 'preflight.failed':
      return {
        what: `The host could not run the checks before the deployment: ${quotedOutput(problem.detail)}.`,
        next: 'Cure the cause named here on the host, then deploy again.',
      }
  }
}

/** One reason against a deployment, and what cures it. */
export function describeFinding(finding: PreflightFinding): Words {
  switch (finding.finding) {
    case 'project-dir-missing':
      return {
        what: `The project directory ${quotedName(finding.path)} does not exist.`,
        next: 'Create the project directory, or correct the input "project-dir".',
      }
    case 'project-dir-not-writable':
      return {
        what: `The project directory ${quotedName(finding.path)} is not writable by the SSH user.`,
        next: 'Give the SSH user the right to write into the project directory.',
      }
    case 'tool-missing':
      return {
        what: `The command ${quotedName(finding.tool)} is not in the PATH of the SSH user's shell (${quotedName(finding.searched)}).`,
        next: `Install ${quotedName(finding.tool)} on the host, or put its directory into the PATH of a login without a terminal.`,
      }
    case 'docker-unreachable':
      return {
        what: `Docker does not answer the SSH user: ${quotedOutput(finding.detail)}.`,
        next: 'Start Docker, and let the SSH user use it (group docker, or rootless).',
      }
    case 'docker-too-old':
      return {
        what: `Docker Engine is ${quotedName(finding.version)}; at least ${quotedName(finding.minimum)} is required.`,
        next: 'Update Docker Engine on the host.',
      }
    case 'compose-missing':
      return {
        what: `"docker compose" (version 2) is missing: ${quotedOutput(finding.detail)}.`,
        next: 'Install the Docker Compose plugin on the host.',
      }
    case 'compose-too-old':
      return {
        what: `Docker Compose is ${quotedName(finding.version)}; at least ${quotedName(finding.minimum)} is required.`,
        next: 'Update the Docker Compose plugin on the host.',
      }
    case 'docker-call-failed':
      return {
        what: `A deployment needs "${quotedName(finding.call)}", which failed on the host: ${quotedOutput(finding.detail)}. Docker Engine is ${quotedName(finding.engine)}, Docker Compose is ${quotedName(finding.compose)}.`,
        next: 'If an API version is too old, update the Docker Compose plugin (and the docker client) on the host. Otherwise cure the cause named here, until the command works there.',
      }
    case 'compose-file-missing':
      return {
        what: `The compose file ${quotedName(finding.path)} does not exist.`,
        next: 'Create the compose file, or correct the input "compose-files".',
      }
    case 'env-file-missing':
      return {
        what: `The env file ${quotedName(finding.path)} does not exist.`,
        next: 'Create the env file (mode 0600), or correct the input "env-file".',
      }
    case 'env-file-not-editable':
      return {
        what: `The env file ${quotedName(finding.path)} cannot be edited safely: ${quotedOutput(finding.detail)}.`,
        next: 'Correct the env file by hand.',
      }
    case 'compose-config-invalid':
      return {
        what: `Docker Compose does not accept the compose and env files: ${quotedOutput(finding.detail)}.`,
        next: 'Correct the files until "docker compose config" accepts them.',
      }
    case 'service-missing':
      return {
        what: `The compose files have no service ${quotedName(finding.service)} (they have ${enumerate(finding.known)}).`,
        next: 'Correct DEPLOY_SERVICES, GATE_DEFER_SERVICES or GATE_SERVICE, or the compose files.',
      }
    case 'required-env-missing':
      return {
        what: `The env file ${quotedName(finding.path)} has no value for ${quotedName(finding.key)}.`,
        next: 'Add the missing keys to the env file, or correct the input "required-env".',
      }
    case 'gate-service-unmanaged':
      return {
        what: `The gate service ${quotedName(finding.service)} takes its image from none of the variables that this deployment sets, so the gate would not judge the release.`,
        next: 'Correct GATE_SERVICE, or let the service take its image from one of the image variables.',
      }
    case 'image-variable-unused':
      return {
        what: `No service takes its image from the variable ${quotedName(finding.key)}, so setting it would change nothing.`,
        next: `Use \${${quotedName(finding.key)}} as the image of a service in the compose file, or remove the input.`,
      }
    case 'container-name-taken':
      return {
        what: `The container name ${quotedName(finding.container)} of the service ${quotedName(finding.service)} belongs to ${quotedName(finding.owner)}.`,
        next: 'Remove the foreign container, or set the input "project-name" to its project.',
      }
    case 'runs-as-other-project':
      return {
        what: `The files of this project directory run already as the Compose project ${quotedName(finding.project)} (service ${quotedName(finding.service)}, container ${quotedName(finding.container)}). This deployment would start a second copy of them beside it, as ${quotedName(finding.wouldBe)}.`,
        next: `Set the input "project-name" to ${quotedName(finding.project)}. (The name may stand in a file that Compose does not read with the given "env-file", such as .env, or in the environment of the person who started the project.)`,
      }
    case 'runner-missing':
      return {
        what: `The closed loop runner ${quotedName(finding.path)} does not exist, or the SSH user may not read it.`,
        next: 'Copy the runner there, executable for the SSH user.',
      }
    case 'login-kills':
      return {
        what: 'The host kills every process that an SSH login leaves running, so it could not end a deployment whose connection is lost.',
        next: 'Let the processes of the SSH user survive a logout: with systemd, set KillUserProcesses=no, or KillExcludeUsers to this user, in logind.conf.',
      }
    case 'no-boot-trigger':
      return {
        what: `Nothing on the host would end a deployment after a restart of the host (${quotedOutput(finding.detail)}): an unjudged release would stay in service until the next deployment. The input "on-no-boot-trigger" refuses such a host.`,
        next: 'Let cron run there for the SSH user, or deploy as root of a host with systemd.',
      }
    case 'log-driver-unreadable':
      return {
        what: `Docker cannot read the log of ${quotedName(finding.service)}: its log driver is ${quotedName(finding.driver)}.`,
        next: 'Use a log driver that Docker can read for the gate service (json-file, local or journald).',
      }
    case 'image-not-built':
      return {
        what: `${quotedName(finding.service)} has no image to pull, and its image ${quotedName(finding.image)} was never built on the host.`,
        next: 'Build it there ("docker compose build"), or give the service an image. A deployment builds nothing.',
      }
    case 'namespace-cut':
      return {
        what: `${quotedName(finding.sharer)} shares the ${SHARED[finding.kind]} of ${quotedName(finding.owner)}. This deployment would cut it off, because it ${finding.cure === 'defer' ? 'stops that one for the gate' : 'replaces or stops that one'}.`,
        next: namespaceCure(finding),
      }
    case 'drift':
      return {
        what: `${quotedName(finding.service)} does not match the files on the host: "up" would recreate it even without this release.`,
        next: 'Bring files and containers together by hand ("docker compose up -d"), or set the input "on-drift" to warn.',
      }
  }
}

const SHARED = { network: 'network', ipc: 'IPC', pid: 'processes' } as const

function namespaceCure({ sharer, owner, cure }: Extract<PreflightFinding, { finding: 'namespace-cut' }>) {
  switch (cure) {
    case 'deploy':
      return `Add ${quotedName(sharer)} to DEPLOY_SERVICES, so that the deployment replaces both (and to GATE_DEFER_SERVICES if ${quotedName(owner)} is there).`
    case 'defer':
      return `Add ${quotedName(sharer)} to GATE_DEFER_SERVICES as well, or remove ${quotedName(owner)} from it.`
    case 'by-service':
      return `Name the service in the compose file ("service:${quotedName(owner)}"), not its container: only then does Compose replace both.`
    case 'outside':
      return `Stop the container ${quotedName(sharer)}, which is not of this project, or make it a service of the compose file.`
  }
}
