import { baseImages } from '../private-host/base-images.ts'
import type { PrivateHost } from '../private-host/private-host.ts'
import { layOutProject, type Project, type ProjectOptions } from '../releases/project.ts'
import type { Release } from '../releases/releases.ts'
import { prepareScenarios } from './prepare.ts'

/** Everything that `baseImages` names, and the app image that releases are built on. */
const BASE_PREFIX = `${baseImages.node.split('/')[0]}/`

/** The services that a user brings up; the research service is only run by the runner. */
const STANDING_SERVICES = 'ai-trade watchdog scheduler'

/**
 * Takes a host back to before there was a project: no container, no network of a project, no image but the
 * base images, no project directory, no registry login, no process of an earlier deployment.
 */
export async function resetHost(host: PrivateHost): Promise<void> {
  await host.sh(`
for process in /proc/[0-9]*; do
  tr '\\0' ' ' <"$process/cmdline" 2>/dev/null | grep -q '[.]closed-loop/bin/' && kill -9 "\${process#/proc/}" 2>/dev/null
done
crontab -r 2>/dev/null
docker ps --all --quiet | xargs -r docker rm --force --volumes
docker network ls --quiet --filter label=com.docker.compose.project | xargs -r docker network rm
docker image ls --format '{{.Repository}}:{{.Tag}}' | grep -v -e '^${BASE_PREFIX}' -e '<none>' | xargs -r docker image rm --force
docker image ls --quiet --filter dangling=true | sort -u | xargs -r docker image rm --force
rm -rf /opt/ai-trade /root/.docker/config.json /var/tmp/closed-loop-locks
`)
}

/** Gives the host its own, lasting login at its registry, as an administrator would. */
export async function logInToRegistry(host: PrivateHost): Promise<void> {
  const { address, username, password } = host.registry
  await host.sh(`docker login --username '${username}' --password-stdin '${address}' >/dev/null 2>&1`, {
    stdin: password,
  })
}

/** Pulls images as somebody with the registry's password would, without leaving a login behind. */
export async function pullImages(host: PrivateHost, ...references: readonly string[]): Promise<void> {
  const { address, username, password } = host.registry
  await host.sh(
    `
DOCKER_CONFIG=$(mktemp -d)
export DOCKER_CONFIG
trap 'rm -rf "$DOCKER_CONFIG"' EXIT
docker login --username '${username}' --password-stdin '${address}' >/dev/null 2>&1 || exit 1
${references.map((reference) => `docker pull --quiet '${reference}' || exit 1`).join('\n')}`,
    { stdin: password },
  )
}

export interface LaidOutOptions {
  /** Further variables of the env file. */
  readonly environment?: Readonly<Record<string, string>>
  /** Default `fast`. */
  readonly times?: ProjectOptions['times']
}

/** A reset host with the project's files in place and nothing of it running or pulled; the env file names `release`. */
export async function laidOut(
  host: PrivateHost,
  release: Release,
  options: LaidOutOptions = {},
): Promise<Project> {
  const { research, scheduler } = await prepareScenarios(host)
  await resetHost(host)
  return layOutProject(host, {
    times: options.times ?? 'fast',
    environment: {
      AI_TRADE_IMAGE: release.reference,
      AI_TRADE_RESEARCH_IMAGE: research.reference,
      AI_TRADE_SCHEDULER_IMAGE: scheduler.reference,
      ...options.environment,
    },
  })
}

/**
 * A reset host on which a user has brought the stack up by hand: `docker compose up -d` of the example, all
 * images pulled (the research image too), every healthcheck passed. The host has no registry login.
 */
export async function standing(
  host: PrivateHost,
  release: Release,
  options: LaidOutOptions = {},
): Promise<Project> {
  const project = await laidOut(host, release, options)
  const { research, scheduler } = await prepareScenarios(host)
  await pullImages(host, release.reference, research.reference, scheduler.reference)
  await bringUp(host, project)
  return project
}

/** `docker compose up -d` in the project directory, and the wait until what has a healthcheck is healthy. */
export async function bringUp(host: PrivateHost, project: Project): Promise<void> {
  await host.sh(
    `
cd '${project.projectDir}' &&
  docker compose -f docker-compose.prod.yml --env-file .env.runtime up -d ${STANDING_SERVICES} || exit 1
for container in ai-trade ai-trade-watchdog; do
  until [ "$(docker inspect --format '{{.State.Health.Status}}' "$container")" = healthy ]; do sleep 0.1; done
done
`,
    { timeoutSeconds: 120 },
  )
}

/**
 * Calls the runner on the host by hand, as cron would, until it says PASS: afterwards the `latest_*` files
 * hold a passing run. Gives the name of that run.
 */
export async function assessByHand(host: PrivateHost, project: Project): Promise<string> {
  await host.sh(`until sh '${project.runner}' assess >/dev/null 2>&1; do sleep 0.2; done`, {
    timeoutSeconds: 120,
  })
  return (await host.sh(`cat '${project.reportRoot}/latest_run_id'`)).trim()
}
