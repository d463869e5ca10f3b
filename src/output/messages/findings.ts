import type { PathReason, PreflightFinding } from '../../model/problem.ts'
import { size } from './quantities.ts'
import { enumerate, quotedName, quotedOutput } from './quote.ts'
import type { ProblemTable } from './table.ts'

/** Each reason against a deployment. Environment is what a retry alone may cure. */
export const FINDINGS: ProblemTable<PreflightFinding, 'finding'> = {
  'project-dir-missing': {
    what: ({ path }) => `The project directory ${quotedName(path)} does not exist.`,
    next: 'Create the project directory, or correct the input "project-dir".',
    fault: 'configuration',
    docs: {
      names: 'the missing directory',
      causes:
        'another path than `project-dir`; a volume is not mounted; the deploy account may not enter a parent directory',
      cure: "correct the input, or the directory's rights",
    },
  },
  'project-dir-not-writable': {
    what: ({ path }) => `The project directory ${quotedName(path)} is not writable by the SSH user.`,
    next: 'Give the SSH user the right to write into the project directory.',
    fault: 'configuration',
    docs: {
      names: 'the directory, where the deploy account may not write',
      causes: 'owned by root; read-only file system',
      cure: '`chown deploy /opt/ai-trade` (the directory itself), or a `.closed-loop` that belongs to the deploy account',
    },
  },
  'tool-missing': {
    what: ({ tool, searched }) =>
      `The command ${quotedName(tool)} is not in the PATH of the SSH user's shell (${quotedName(searched)}).`,
    next: ({ tool }) =>
      `Install ${quotedName(tool)} on the host, or put its directory into the PATH of a login without a terminal.`,
    fault: 'environment',
    docs: {
      names: 'the missing command, and the `PATH` of the search',
      causes:
        'a minimal image without `setsid` (util-linux) or `timeout` (coreutils); with `host-lock-file` also without `flock` (util-linux); or the command lies in a directory that a login without a terminal does not have in its `PATH`',
      cure: 'install it, or let that login have the directory; the list is in [Adopting](adopting.md#what-the-host-needs)',
    },
  },
  'docker-unreachable': {
    what: ({ detail }) => `Docker does not answer the SSH user: ${quotedOutput(detail)}.`,
    next: 'Start Docker, and let the SSH user use it (group docker, or rootless).',
    fault: 'environment',
    docs: {
      names: 'the output of docker',
      causes:
        '"permission denied": the account is not in the group `docker` (a new membership counts from the next login on). "Cannot connect": dockerd is stopped.',
      cure: '`usermod -aG docker deploy`; `systemctl start docker`',
    },
  },
  'docker-too-old': {
    what: ({ version, minimum }) =>
      `Docker Engine is ${quotedName(version)}; at least ${quotedName(minimum)} is required.`,
    next: 'Update Docker Engine on the host.',
    fault: 'environment',
    docs: {
      names: 'an Engine older than 20.10',
      causes: '',
      cure: 'update',
    },
  },
  'compose-missing': {
    what: ({ detail }) => `"docker compose" (version 2) is missing: ${quotedOutput(detail)}.`,
    next: 'Install the Docker Compose plugin on the host.',
    fault: 'environment',
    docs: {
      names: 'that `docker compose` is missing',
      causes:
        "only the old `docker-compose` is there; the plugin lies in another user's `~/.docker/cli-plugins`",
      cure: 'install the plugin for all users',
    },
  },
  'compose-too-old': {
    what: ({ version, minimum }) =>
      `Docker Compose is ${quotedName(version)}; at least ${quotedName(minimum)} is required.`,
    next: 'Update the Docker Compose plugin on the host.',
    fault: 'environment',
    docs: {
      names: 'a Compose older than 2.20',
      causes: "a distribution's package",
      cure: 'update the plugin',
    },
  },
  'docker-call-failed': {
    what: ({ call, detail, engine, compose }) =>
      `A deployment needs "${quotedName(call)}", which failed on the host: ${quotedOutput(detail)}. Docker Engine is ${quotedName(engine)}, Docker Compose is ${quotedName(compose)}.`,
    next: 'If an API version is too old, update the Docker Compose plugin (and the docker client) on the host. Otherwise cure the cause named here, until the command works there.',
    fault: 'environment',
    docs: {
      names: 'the failed call that a deployment needs (`docker compose ps`), its output, and both versions',
      causes:
        '"client version 1.43 is too old. Minimum supported API version is 1.44": Docker Engine 29 with Compose up to 2.23',
      cure: 'update the Compose plugin',
    },
  },
  'compose-file-missing': {
    what: ({ path }) => `The compose file ${quotedName(path)} does not exist.`,
    next: 'Create the compose file, or correct the input "compose-files".',
    fault: 'configuration',
    docs: {
      names: 'the missing file',
      causes: '`compose-files` is relative to `project-dir`; not readable for the deploy account',
      cure: 'correct the input, or the rights',
    },
  },
  'env-file-missing': {
    what: ({ path }) => `The env file ${quotedName(path)} does not exist.`,
    next: 'Create the env file (mode 0600), or correct the input "env-file".',
    fault: 'configuration',
    docs: {
      names: 'the missing file',
      causes: 'first set-up; a link to nowhere',
      cure: 'create it, mode 0600, owned by the deploy account',
    },
  },
  'env-file-not-editable': {
    what: ({ path, detail }) =>
      `The env file ${quotedName(path)} cannot be edited safely: ${quotedOutput(detail)}.`,
    next: 'Correct the env file by hand.',
    fault: 'configuration',
    docs: {
      names: 'the cause',
      causes:
        'The file belongs to another account than the deploy account: then only root could give an edited copy back. The account may not read it, or may not write to its directory. Another variable is derived from one that the deployment sets (`X=$AI_TRADE_IMAGE`), so an edit would change it too.',
      cure: '`chown deploy .env.runtime && chmod 600 .env.runtime`; write the variables that the deployment sets as plain `KEY=value`',
    },
  },
  'path-not-replaceable': {
    what: ({ path, reason, detail }) =>
      `A deployment cannot replace ${quotedName(path)} on the host, nor restore it: ${PATH_WORDS[reason](quotedName(detail))}.`,
    next: 'Correct the path on the host, or take it out of "files" or "state-files".',
    fault: 'configuration',
    docs: {
      names: 'the path, and the cause',
      causes:
        'A path of `files` or `state-files` lies on another file system than the project directory, or behind a symbolic link. The deploy account does not own all of it. It contains a socket, a device or a name with a line end.',
      cure: 'name a path below the mount point or the link; `chown -R deploy PATH`; move sockets elsewhere',
    },
  },
  'present-files-unreadable': {
    what: ({ why }) =>
      `Containers of the project run, but ${PRESENT[why]}, so a rollback could not restore them.`,
    next: 'Repair the compose files on the host, so that "docker compose config" accepts them, then deploy again.',
    fault: 'environment',
    docs: {
      names: 'why a rollback could not return to the files on the host',
      causes:
        'somebody removed or broke a compose file while its containers run; `compose-files` names a file that only the release has',
      cure: 'restore the compose files of what runs',
    },
  },
  'definition-changed': {
    what: ({ kind, name }) =>
      `The release changes the definition of the ${kind} ${quotedName(name)}. It exists, and Compose changes none that exists${kind === 'volume' ? ' without removing its data' : ' without stopping every service in it'}.`,
    next: ({ kind }) =>
      `Give the changed ${kind} a new name in the compose file, or make the change by hand on the host at a quiet time.`,
    fault: 'configuration',
    docs: {
      names: 'the network or volume whose definition in the compose files of the release differs',
      causes:
        'another driver, option, subnet or label; the deployment could neither apply nor roll back the change',
      cure: 'a new name for it, or the change by hand',
    },
  },
  'state-too-large': {
    what: ({ kibibytes, limitKibibytes }) =>
      `The state files have ${size(kibibytes * 1024)} in all; the limit is ${size(limitKibibytes * 1024)}.`,
    next: 'Name fewer or smaller paths in the input "state-files".',
    fault: 'configuration',
    docs: {
      names: 'the size of all state files, and the limit',
      causes: '`state-files` names a directory of data that grows',
      cure: 'name only what a rollback must restore',
    },
  },
  'state-no-room': {
    what: ({ kibibytes, neededKibibytes, freeKibibytes }) =>
      `The snapshot needs ${size(neededKibibytes * 1024)} (state files: ${size(kibibytes * 1024)}); the disk of the project directory has ${size(freeKibibytes * 1024)} free.`,
    next: 'Free space on the disk of the project directory, or name fewer paths in the input "state-files".',
    fault: 'environment',
    docs: {
      names: 'what the snapshot would copy, and the free space',
      causes: 'a full disk; large state files',
      cure: 'free space, or fewer `state-files`',
    },
  },
  'compose-config-invalid': {
    what: ({ detail }) =>
      `Docker Compose does not accept the compose and env files: ${quotedOutput(detail)}.`,
    next: 'Correct the files until "docker compose config" accepts them.',
    fault: 'configuration',
    docs: {
      names:
        'the output of Compose, without quotes of a file, and the keys of the env file whose value has a dollar that begins no variable',
      causes: 'a variable without a value, a file that `env_file:` names, a YAML mistake',
      cure: '`docker compose -f docker-compose.prod.yml --env-file .env.runtime config` until it succeeds',
    },
  },
  'service-missing': {
    what: ({ service, known }) =>
      `The compose files have no service ${quotedName(service)} (they have ${enumerate(known)}).`,
    next: 'Correct DEPLOY_SERVICES, GATE_DEFER_SERVICES or GATE_SERVICE, or the compose files.',
    fault: 'configuration',
    docs: {
      names: 'the missing service, and the existing ones',
      causes:
        'a name in `DEPLOY_SERVICES`, `GATE_SERVICE` or `GATE_DEFER_SERVICES` that the compose files lack',
      cure: 'correct the variable; set `DEPLOY_SERVICES` for another stack than the example',
    },
  },
  'required-env-missing': {
    what: ({ path, key }) => `The env file ${quotedName(path)} has no value for ${quotedName(key)}.`,
    next: 'Add the missing keys to the env file, or correct the input "required-env".',
    fault: 'configuration',
    docs: {
      names: 'the key without a value',
      causes: 'API keys not filled in; the default of `required-env` are the two Bybit keys of the example',
      cure: 'fill in, or set `required-env`',
    },
  },
  'gate-service-unmanaged': {
    what: ({ service }) =>
      `The gate service ${quotedName(service)} takes its image from none of the variables that this deployment sets, so the gate would not judge the release.`,
    next: 'Correct GATE_SERVICE, or let the service take its image from one of the image variables.',
    fault: 'configuration',
    docs: {
      names: 'the gate service, which runs none of the given images',
      causes:
        '`GATE_SERVICE` names the wrong service; its image is fixed, or set by a variable that is not in `images`',
      cure: 'correct one of them',
    },
  },
  'image-variable-unused': {
    what: ({ key }) =>
      `No service takes its image from the variable ${quotedName(key)}, so setting it would change nothing.`,
    next: ({ key }) =>
      `Use \${${quotedName(key)}} as the image of a service in the compose file, or remove the input.`,
    fault: 'configuration',
    docs: {
      names: 'the variable that is the image of no service',
      causes: 'the compose file has a fixed image; `research-image` is given but nothing uses it',
      cure: '`image: $AI_TRADE_IMAGE` in the compose file, or leave the input out',
    },
  },
  'container-name-taken': {
    what: ({ container, service, owner }) =>
      `The container name ${quotedName(container)} of the service ${quotedName(service)} belongs to ${quotedName(owner)}.`,
    next: 'Remove the foreign container, or set the input "project-name" to its project.',
    fault: 'environment',
    docs: {
      names: 'the name, and the container that has it',
      causes:
        'a container that somebody started by hand, or under another project name (a copied or renamed directory), has the name of the service',
      cure: 'remove it, or set `project-name` to its project',
    },
  },
  'runs-as-other-project': {
    what: ({ project, service, container, wouldBe }) =>
      `The files of this project directory run already as the Compose project ${quotedName(project)} (service ${quotedName(service)}, container ${quotedName(container)}). This deployment would start a second copy of them beside it, as ${quotedName(wouldBe)}.`,
    next: ({ project }) =>
      `Set the input "project-name" to ${quotedName(project)}. (The name may stand in a file that Compose does not read with the given "env-file", such as .env, or in the environment of the person who started the project.)`,
    fault: 'configuration',
    docs: {
      names:
        'the project, the service and the container that run, and the name that this deployment would use',
      causes:
        'the same files run already under another project name. This deployment does not read that name: it stands in a `.env` while `env-file` names another file, or in the environment of the person who started them',
      cure: 'set `project-name` to the project that runs',
    },
  },
  'runner-missing': {
    what: ({ path }) =>
      `The closed loop runner ${quotedName(path)} does not exist, or the SSH user may not read it.`,
    next: 'Copy the runner there, executable for the SSH user.',
    fault: 'configuration',
    docs: {
      names: 'the unreadable `tools/closed_loop_runner.sh`',
      causes: 'not copied; rights',
      cure: 'copy it there, readable for the deploy account',
    },
  },
  'lock-file-unusable': {
    what: ({ path, detail }) => `The lock file ${quotedName(path)} cannot be used: ${quotedOutput(detail)}.`,
    next: 'Correct the input "host-lock-file", or give the SSH user the right to open the file (to create it, where it does not exist).',
    fault: 'configuration',
    docs: {
      names: 'the file of `host-lock-file`, and why the SSH user cannot open or create it',
      causes: 'another path than the loop of the host uses; the directory is missing; rights',
      cure: 'correct the input, or the rights: `flock FILE true` must work for the deploy account',
    },
  },
  'login-kills': {
    what: 'The host kills every process that an SSH login leaves running, so it could not end a deployment whose connection is lost.',
    next: 'Let the processes of the SSH user survive a logout: with systemd, set KillUserProcesses=no, or KillExcludeUsers to this user, in logind.conf.',
    fault: 'environment',
    docs: {
      names: 'that the host killed a process of a second login when that login ended',
      causes:
        'systemd with `KillUserProcesses=yes` in `logind.conf`; another program that kills processes after a login',
      cure: '`KillUserProcesses=no`, or `KillExcludeUsers=deploy`, then `systemctl restart systemd-logind`; see [Adopting](adopting.md#what-the-host-needs)',
    },
  },
  'no-boot-trigger': {
    what: ({ detail }) =>
      `Nothing on the host would end a deployment after a restart of the host (${quotedOutput(detail)}): an unjudged release would stay in service until the next deployment. The input "on-no-boot-trigger" refuses such a host.`,
    next: 'Let cron run there for the SSH user, or deploy as root of a host with systemd.',
    fault: 'environment',
    docs: {
      names:
        'why nothing on the host would end a deployment after a restart (only with `on-no-boot-trigger: refuse`)',
      causes: 'see the warning of this name',
      cure: 'let cron run for the account, or `on-no-boot-trigger: warn`',
    },
  },
  'log-driver-unreadable': {
    what: ({ service, driver }) =>
      `Docker cannot read the log of ${quotedName(service)}: its log driver is ${quotedName(driver)}.`,
    next: 'Use a log driver that Docker can read for the gate service (json-file, local or journald).',
    fault: 'configuration',
    docs: {
      names: 'the gate service, which logs to the driver `none`',
      causes: "the compose file, or the daemon's default",
      cure: '`json-file`, `local` or `journald`',
    },
  },
  'image-not-built': {
    what: ({ service, image }) =>
      `${quotedName(service)} has no image to pull, and its image ${quotedName(image)} was never built on the host.`,
    next: 'Build it there ("docker compose build"), or give the service an image. A deployment builds nothing.',
    fault: 'configuration',
    docs: {
      names: 'the service that has no image to pull, and no built image here',
      causes: '`build:` in the compose file, and nobody ran the build on this host',
      cure: '`docker compose build` there, or give it an image; a deployment builds nothing',
    },
  },
  'namespace-cut': {
    what: ({ sharer, kind, owner, cure }) =>
      `${quotedName(sharer)} shares the ${SHARED[kind]} of ${quotedName(owner)}. This deployment would cut it off, because it ${cure === 'defer' ? 'stops that one for the gate' : 'replaces or stops that one'}.`,
    next: (finding) => namespaceCure(finding),
    fault: 'configuration',
    docs: {
      names:
        'the container that shares network, IPC or processes of another, and that the deployment would cut off',
      causes:
        '`network_mode: service:…` (or `ipc`, `pid`) of a service that is not deployed, or not deferred, together with the one it depends on; `container:NAME` in place of `service:NAME`; a container outside the project',
      cure: 'what the message names: put both into `DEPLOY_SERVICES` (and `GATE_DEFER_SERVICES`), name the service, or stop the foreign container',
    },
  },
  drift: {
    what: ({ service }) =>
      `${quotedName(service)} does not match the files on the host: "up" would recreate it even without this release.`,
    next: 'Bring files and containers together by hand ("docker compose up -d"), or set the input "on-drift" to warn.',
    fault: 'environment',
    docs: {
      names: 'the service that does not match the files (only with `on-drift: refuse`)',
      causes:
        'an edit of the compose or env file without an `up`; an `up` with an exported variable; an image tag that moved since',
      cure: '`docker compose … up -d` by hand at a quiet time, or `on-drift: warn`',
    },
  },
}

const SHARED = { network: 'network', ipc: 'IPC', pid: 'processes' } as const

function namespaceCure({
  sharer,
  owner,
  cure,
}: Extract<PreflightFinding, { finding: 'namespace-cut' }>): string {
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

const PRESENT = {
  absent: 'the host has no compose file for them',
  invalid: 'Docker Compose cannot read their compose files on the host',
} as const

/** Why the host could not replace a path and restore it as a whole. */
const PATH_WORDS: Readonly<Record<PathReason, (detail: string) => string>> = {
  'mount-point': (detail) => `a file system is mounted at ${detail}`,
  link: (detail) => `${detail} is a symbolic link`,
  'not-a-directory': (detail) => `${detail} is not a directory`,
  'not-ours': (detail) =>
    `${detail} does not belong to the deploy account, or the account may not write to it`,
  'special-file': (detail) => `${detail} is neither a file, a directory nor a link`,
  'odd-name': (detail) => `the name ${detail} contains a control character`,
}
