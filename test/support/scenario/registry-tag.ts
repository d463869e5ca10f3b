import type { PrivateHost } from '../private-host/private-host.ts'
import type { Release } from '../releases/releases.ts'

/** As Docker's own image store pushes it, and as containerd's does. */
const MANIFEST = [
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.oci.image.index.v1+json',
].join(', ')

/**
 * Lets a tag of the release's repository in the host's registry mean this release from now on, as a push by somebody
 * else does: what lies on the host itself stays as it is. Gives the release under that tag.
 */
export async function moveTag(host: PrivateHost, tag: string, release: Release): Promise<Release> {
  const { address, username, password } = host.registry
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
  const [, repository = '', publishedTag = ''] = /^[^/]+\/(.+):([^:]+)$/.exec(release.reference) ?? []
  const url = (name: string) => `http://${address}/v2/${repository}/manifests/${name}`
  const got = await fetch(url(publishedTag), { headers: { authorization, accept: MANIFEST } })
  if (!got.ok) throw new Error(`${url(publishedTag)} answers ${got.status}`)
  const put = await fetch(url(tag), {
    method: 'PUT',
    headers: { authorization, 'content-type': got.headers.get('content-type') ?? '' },
    body: await got.arrayBuffer(),
  })
  if (!put.ok) throw new Error(`${url(tag)} answers ${put.status}: ${await put.text()}`)
  return { ...release, reference: `${address}/${repository}:${tag}` }
}

/** The same release by its digest in the host's registry, as who pins what they deploy names it. */
export async function byDigest(host: PrivateHost, release: Release): Promise<Release> {
  const { address, username, password } = host.registry
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
  const [, name = '', tag = ''] = /^[^/]+\/(.+):([^:]+)$/.exec(release.reference) ?? []
  const url = `http://${address}/v2/${name}/manifests/${tag}`
  const got = await fetch(url, { method: 'HEAD', headers: { authorization, accept: MANIFEST } })
  const digest = got.headers.get('docker-content-digest')
  if (!got.ok || digest === null) throw new Error(`${url} answers ${got.status}, without a digest`)
  return { ...release, reference: `${address}/${name}@${digest}` }
}
