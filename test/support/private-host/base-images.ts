import { createHash } from 'node:crypto'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { makeRootArchive, type Placement } from './base-archive.ts'
import type { PrivateHost } from './private-host.ts'
import { cacheDirectory, findCommand, findComposePlugin, findDockerClient } from './toolchain.ts'

/** The images that every other image of the test bed starts from. */
export const baseImages = {
  /** busybox with a link for each of its commands. */
  busybox: 'closed-loop-base/busybox',
  /** The same and Node 24 at /usr/local/bin/node. */
  node: 'closed-loop-base/node',
  /** busybox, the docker client at /usr/local/bin/docker and its compose plugin. */
  dockerClient: 'closed-loop-base/docker-cli',
} as const

type BaseImage = (typeof baseImages)[keyof typeof baseImages]

// Part of the cache's key: raise it when the way the images are made changes.
const format = 1

/**
 * Puts base images into the host's Docker and registry, all of them unless told; does nothing where they are there. They
 * are made of programs of this machine, so that
 * neither a public registry nor a network is needed. Made once, then kept as the files of a registry: pulling
 * from there also tells the host's Docker which layers its registry has, which spares every later push the
 * compressing of them.
 */
export async function importBaseImages(
  host: PrivateHost,
  log: (line: string) => void,
  wanted: readonly BaseImage[] = Object.values(baseImages),
): Promise<void> {
  if ((await host.run(`docker image inspect ${wanted.join(' ')}`)).code === 0) return
  const programs = programsOfThisMachine()
  const kept = join(cacheDirectory(), `base-images-${fingerprint(programs)}`)
  const registryFiles = join(host.describe().directory, 'registry')
  if (existsSync(kept)) {
    cpSync(kept, registryFiles, { recursive: true })
    await host.sh(asRegistryUser(host, pull(wanted)))
    return
  }

  const work = mkdtempSync(join(cacheDirectory(), 'work-'))
  try {
    for (const image of Object.values(baseImages)) {
      log(`making base image ${image}`)
      await importImage(host, image, programs[image], work)
    }
    await host.sh(asRegistryUser(host, pushAll))
    cpSync(registryFiles, join(work, 'registry'), { recursive: true })
    if (!existsSync(kept)) renameSync(join(work, 'registry'), kept)
  } finally {
    rmSync(work, { recursive: true })
  }
}

const pull = (wanted: readonly BaseImage[]) => `
for image in ${wanted.join(' ')}; do
  docker pull --quiet "$registry/$image" &
  pulls="$pulls $!"
done
for pull in $pulls; do wait "$pull" || exit 1; done
for image in ${wanted.join(' ')}; do
  docker tag "$registry/$image" "$image" && docker image rm "$registry/$image" || exit 1
done`

const pushAll = `
for image in ${Object.values(baseImages).join(' ')}; do
  docker tag "$image" "$registry/$image" && docker push "$registry/$image" && docker image rm "$registry/$image" || exit 1
done`

function asRegistryUser({ registry }: PrivateHost, script: string): string {
  return `
registry='${registry.address}'
export DOCKER_CONFIG=$(mktemp -d)
trap 'rm -rf "$DOCKER_CONFIG"' EXIT
echo '${registry.password}' | docker login --username '${registry.username}' --password-stdin "$registry" || exit 1
${script}`
}

async function importImage(
  host: PrivateHost,
  image: BaseImage,
  programs: readonly Placement[],
  work: string,
): Promise<void> {
  const tree = join(work, 'tree')
  const archive = join(work, 'root.tar')
  mkdirSync(tree)
  makeRootArchive(archive, programs, tree)
  await host.sh(
    `docker import --change 'ENV PATH=/usr/local/bin:/usr/bin:/bin' --change 'CMD ["sh"]' - ${image}`,
    { stdin: { file: archive } },
  )
  rmSync(tree, { recursive: true })
}

function programsOfThisMachine(): Readonly<Record<BaseImage, readonly Placement[]>> {
  const busybox = { from: required('busybox', findCommand('busybox')), to: '/bin/busybox' }
  return {
    [baseImages.busybox]: [busybox],
    [baseImages.node]: [busybox, { from: nodeBinary(), to: '/usr/local/bin/node' }],
    [baseImages.dockerClient]: [
      busybox,
      { from: required('docker', findDockerClient()), to: '/usr/local/bin/docker' },
      {
        from: required('docker compose', findComposePlugin()),
        to: '/usr/local/lib/docker/cli-plugins/docker-compose',
      },
    ],
  }
}

function required(name: string, path: string | undefined): string {
  if (path === undefined) throw new Error(`${name} is missing: provision the machine first`)
  return realpathSync(path)
}

/** The project's own Node 24, or else the running one. */
function nodeBinary(): string {
  const packageFile = `node-linux-${process.arch}/package.json`
  try {
    return join(dirname(createRequire(import.meta.url).resolve(packageFile)), 'bin/node')
  } catch {
    return process.execPath
  }
}

function fingerprint(programs: Readonly<Record<string, readonly Placement[]>>): string {
  const identity = Object.entries(programs).map(([image, placements]) => [
    image,
    placements.map(({ from, to }) => {
      const { size, mtimeMs } = statSync(from)
      return [from, to, size, mtimeMs]
    }),
  ])
  return createHash('sha256')
    .update(JSON.stringify([format, identity]))
    .digest('hex')
    .slice(0, 16)
}
