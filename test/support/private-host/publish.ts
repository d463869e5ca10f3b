import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { PrivateHost } from './private-host.ts'

/** What to build, and under which name of the host's registry it is put. */
export interface Publication {
  readonly dockerfile: string
  /** Further files of the build context by relative path; each becomes readable and executable for all. */
  readonly files: Readonly<Record<string, string | Buffer>>
  /** With the registry's address in front: `${host.registry.address}/name:tag`. */
  readonly reference: string
}

/** An image in the registry: the ID it has once pulled, and its digest there. Both `sha256:…`. */
export interface PublishedImage {
  readonly imageId: string
  readonly digest: string
}

/**
 * Builds an image inside the host, pushes it to the host's registry and removes it locally, so that only a pull
 * brings it (back). The host's own registry login stays as it was. Throws an Error with the output of docker.
 */
export async function publish(host: PrivateHost, publication: Publication): Promise<PublishedImage> {
  const { registry } = host
  const output = await host.sh(
    `
reference='${publication.reference}'
context=$(mktemp -d)
export DOCKER_CONFIG="$context/login"
trap 'rm -rf "$context"' EXIT
mkdir "$context/files"
tar -x -C "$context/files"
{
  DOCKER_BUILDKIT=0 docker build --tag "$reference" "$context/files" &&
    echo '${registry.password}' | docker login --username '${registry.username}' --password-stdin '${registry.address}' &&
    docker push "$reference"
} >"$context/log" 2>&1 || { cat "$context/log" >&2; exit 1; }
docker image inspect --format '{{.Id}}{{range .RepoDigests}} {{.}}{{end}}' "$reference"
docker image rm "$reference" >/dev/null
`,
    { stdin: buildContext(publication) },
  )
  const [imageId = '', ...digests] = output.trim().split(' ')
  const repository = publication.reference.replace(/:[^:/]+$/, '')
  const digest = digests.find((name) => name.startsWith(`${repository}@`))?.split('@')[1]
  if (digest === undefined) throw new Error(`no digest of ${publication.reference} after the push: ${output}`)
  return { imageId, digest }
}

/** A tar archive that depends on the contents alone, so that unchanged steps are not built again. */
function buildContext({ dockerfile, files }: Publication): Buffer {
  const directory = mkdtempSync(join(tmpdir(), 'closed-loop-publish-'))
  try {
    for (const [path, content] of Object.entries({ ...files, Dockerfile: dockerfile })) {
      const target = join(directory, path)
      mkdirSync(dirname(target), { recursive: true, mode: 0o755 })
      writeFileSync(target, content)
      chmodSync(target, 0o755)
    }
    return execFileSync(
      'tar',
      ['-c', '-C', directory, '--owner=0', '--group=0', '--sort=name', '--mtime=@0', '.'],
      { maxBuffer: 512 * 1024 * 1024 },
    )
  } finally {
    rmSync(directory, { recursive: true })
  }
}
