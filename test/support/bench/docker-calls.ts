import type { PrivateHost } from '../private-host/private-host.ts'

/**
 * How often the docker client is started on the host meanwhile, by whomever: what the host's side of a deployment
 * costs, without the load of the machine in it.
 */
export async function countDockerCalls(
  host: PrivateHost,
  meanwhile: () => Promise<unknown>,
): Promise<number> {
  // In place of the client, because jobs and runner find it by the PATH of a login.
  await host.sh(`
docker=$(command -v docker)
mv "$docker" "$docker.counted"
cat >"$docker" <<END
#!/bin/sh
echo >>/var/log/docker-calls
exec "$docker.counted" "\\$@"
END
chmod 755 "$docker"
: >/var/log/docker-calls`)
  await meanwhile()
  const count = await host.sh(`
docker=$(command -v docker)
mv "$docker.counted" "$docker"
wc -l </var/log/docker-calls`)
  return Number(count)
}
